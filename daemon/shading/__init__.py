"""The shading engine: picture and options in, shaded picture and report out. Nothing here knows of the daemon."""
