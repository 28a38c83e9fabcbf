"""Which picture shows a target: the artist's own, a photograph, or a drawing. Only finds it; nothing is decoded here.

Where each drawing comes from is said in ``daemon/shading/anchors/drawings/README.md``. How far pictures move toward
drawings and toward photographs: ``python -m tests.bench.targets``.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from shared.problem import Problem
from shared.protocol.messages import Code

from . import own, photographs, table

DRAWINGS = Path(__file__).parents[1] / "anchors" / "drawings"
SOURCES = ("own", "photograph", "drawing")


class Picture(NamedTuple):
    """A picture of ``shown``, the target or its stand-in; ``source`` is one of ``SOURCES``."""

    shown: str
    path: Path
    source: str


def every() -> tuple[str, ...]:
    """All targets that can be asked for, in alphabetical order."""
    return tuple(sorted({*table.TARGETS, *own.names()}))


def of_target(target: str, *, shipped: bool = False) -> Picture:
    """The picture of a target, if ``shipped`` not the artist's own.

    Raises ``Problem`` for one that has none, or a damaged installation.
    """
    path = None if shipped else own.picture(target)
    if path is not None:
        return Picture(target, path, "own")
    if target not in table.TARGETS:
        raise Problem("engine.unknown_target", Code.UNSUPPORTED, target=target)
    shown = table.STAND_INS.get(target, target)
    if shown in table.DRAWINGS:
        return Picture(shown, DRAWINGS / table.DRAWINGS[shown], "drawing")
    return Picture(shown, photographs.folder() / table.PHOTOGRAPHS[shown], "photograph")
