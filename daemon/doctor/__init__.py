"""The checks of ``belladonna doctor``. They must run even if any part of the installation is broken."""
