"""Sets Belladonna up: install.py makes the environment with it, and ``belladonna setup`` in there does the rest.

Standard library and ``shared`` only, since install.py runs it before there is an environment; what needs a package
(psutil) is imported where it is used.
"""
