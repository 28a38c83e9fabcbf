"""What the plug-ins of all editors have in common besides the client. Nothing here knows any of the editors."""
