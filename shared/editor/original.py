"""Which layer to shade where the chosen one is itself a shaded layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..problem import Problem

LONGEST = 100
"""Most steps from a shaded layer to its original. Only damaged marks, which may go in circles, lead further."""

Layer = TypeVar("Layer")


def original(layer: Layer, name: str, sources: Callable[[Layer], Sequence[Layer | None] | None]) -> Layer:
    """The layer itself or, if it is marked as shaded, the one it was made from, through any number of shadings.

    ``sources`` answers what a layer was made from: None if it has no mark; in the sequence, None for a layer that is
    gone. Raises ``Problem`` if the layer called ``name`` was made from several layers or from one that is gone.
    """
    for _ in range(LONGEST):
        found = sources(layer)
        if found is None:
            return layer
        if len(found) != 1 or found[0] is None:
            break
        layer = found[0]
    raise Problem("editor.already_shaded", name=name)
