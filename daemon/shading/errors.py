"""How shading can end early: cancelled by the artist, or with a ``Problem``."""

from __future__ import annotations

from shared.problem import Problem

ShadingError = Problem  # the worker's name for it until it says Problem


class Cancelled(Exception):
    """Raised by a progress callback to stop the engine within one step."""
