"""Picture files in and out: formats, metadata and colours. Nothing here knows about shading or the daemon."""
