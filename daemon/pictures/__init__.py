"""Picture files in and out: formats, metadata and colours. They know nothing of shading or the daemon."""
