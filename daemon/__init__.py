"""The long-running service, its worker process, the shading engine and the command line."""
