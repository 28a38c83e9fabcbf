"""How shading can end early: cancelled by the artist, or with a ``Problem``."""

from __future__ import annotations


class Cancelled(Exception):
    """Raised by a progress callback to stop the engine within one step."""
