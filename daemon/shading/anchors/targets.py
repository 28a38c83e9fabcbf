"""The targets' anchors, so that shading works offline."""

from __future__ import annotations

from shared.problem import Problem
from shared.protocol.messages import Code

from ..concepts import pictures
from .anchor import UNREADABLE, Anchor
from .file import of_file


def of_target(target: str, *, shipped: bool = False) -> Anchor:
    """The anchor of a target, if ``shipped`` not the artist's own.

    Its name is another target's if there is no picture of this one.
    Raises ``Problem`` for an unknown target, a picture of the artist's own that can't be read, or a damaged
    installation.
    """
    shown, path, source = pictures.of_target(target, shipped=shipped)
    if source == "own":
        return of_file(str(path), target, source)
    try:
        return Anchor.of(shown, path.name, path.read_bytes(), source)
    except UNREADABLE as error:
        raise Problem("engine.pictures_missing", Code.MODEL_MISSING) from error
