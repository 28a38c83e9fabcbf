"""What sets Belladonna up: used by install.py from a checkout, so standard library and ``shared`` only."""
