"""Building the private environment, and a newer one beside it. Runs before there is one."""
