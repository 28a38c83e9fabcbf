"""The commands of ``belladonna``, one module each, and what several of them share."""
