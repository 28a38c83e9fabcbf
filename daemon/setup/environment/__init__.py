"""The private environment: which torch, pip, and an upgrade beside the one in use. Runs before there is one."""
