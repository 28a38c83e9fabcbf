"""Models that can be fetched: which there are, where they come from, and those that are here."""
