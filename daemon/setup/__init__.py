"""Setting Belladonna up: install.py builds the environment with this, and ``belladonna setup`` does the rest.

Standard library and ``shared`` only, since install.py runs it before there is an environment; what needs a package
(psutil) is imported where it is used.
"""
