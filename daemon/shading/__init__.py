"""The shading engine: picture and options in, shaded picture and report out. It knows nothing of the daemon."""
