"""The process that shades, started by the daemon as ``python -m daemon.worker``; only it loads the engine and torch."""
