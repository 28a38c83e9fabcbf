"""Visibility: the metric, where a change may be strong, and how strong it may be."""
