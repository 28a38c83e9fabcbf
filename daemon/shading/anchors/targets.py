"""The targets' own anchors, so that shading works offline: a photograph, or a drawing where there is none.

Where each drawing comes from is said in drawings/README.md. How far pictures move toward drawings and toward
photographs: ``python -m tests.bench.targets``.
"""

from __future__ import annotations

from pathlib import Path

from shared.problem import Problem
from shared.protocol.messages import Code

from .. import concepts
from . import photographs
from .anchor import UNREADABLE, Anchor

DRAWINGS = Path(__file__).with_name("drawings")


def of_target(target: str) -> Anchor:
    """The anchor of one of ``concepts.TARGETS``. Its name is another target's if there is no picture of this one.

    Raises ``Problem`` for another name or a damaged installation.
    """
    if target not in concepts.TARGETS:
        raise Problem("engine.unknown_target", Code.UNSUPPORTED, target=target, known=", ".join(concepts.TARGETS))
    shown = concepts.STAND_INS.get(target, target)
    if shown in concepts.DRAWINGS:
        path = DRAWINGS / concepts.DRAWINGS[shown]
    else:
        path = photographs.folder() / concepts.PHOTOGRAPHS[shown]
    try:
        return Anchor.of(shown, path.name, path.read_bytes())
    except UNREADABLE as error:
        raise Problem("engine.pictures_missing", Code.MODEL_MISSING) from error
