"""Starting the daemon at login, in the way of each system."""
