"""The targets' own anchors: the photographs in scikit-image's wheel, so that shading works offline.

They are in the public domain or under CC0; the wheel's own README names the sources.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from shared.problem import Problem
from shared.protocol.messages import Code

from .. import concepts
from .anchor import UNREADABLE, Anchor


def folder() -> Path:
    """The folder of scikit-image's photographs, found without importing it. Raises ``Problem`` if it's absent."""
    try:
        return Path(str(distribution("scikit-image").locate_file("skimage/data")))
    except PackageNotFoundError as error:
        raise Problem("engine.photographs_missing", Code.MODEL_MISSING) from error


def of_target(target: str) -> Anchor:
    """The anchor of one of ``concepts.TARGETS``. Raises ``Problem`` for another name or a damaged installation."""
    if target not in concepts.PHOTOGRAPHS:
        raise Problem("engine.unknown_target", Code.UNSUPPORTED, target=target, known=", ".join(concepts.TARGETS))
    path = folder() / concepts.PHOTOGRAPHS[target]
    try:
        return Anchor.of(target, path.name, path.read_bytes())
    except UNREADABLE as error:
        raise Problem("engine.photographs_missing", Code.MODEL_MISSING) from error
