"""The daemon's client: finds or starts the daemon, keeps the connection, moves pictures."""
