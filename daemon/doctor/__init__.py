"""What ``belladonna doctor`` looks at. It must run where any part of an installation is broken."""
