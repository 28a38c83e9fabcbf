"""Belladonna in GIMP 3. GIMP starts ``belladonna.py`` as a process of its own, which then uses the other modules."""
