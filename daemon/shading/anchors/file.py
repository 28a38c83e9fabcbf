"""An artist's own anchor."""

from __future__ import annotations

import os
from pathlib import Path

from shared.problem import Problem
from shared.protocol.messages import Code

from .anchor import UNREADABLE, Anchor, TooManyPixels


def of_file(path: str, name: str | None = None, source: str = "file") -> Anchor:
    """The anchor in a picture file, called ``name`` or like the file; ``~`` is the home folder.

    Raises ``Problem`` if it can't be read as a picture.
    """
    place = Path(os.path.expanduser(path))
    try:
        if not place.is_absolute():  # the name or digest of an anchor that isn't here
            raise FileNotFoundError(path)
        return Anchor.of(name or place.stem, place.name, place.read_bytes(), source)
    except TooManyPixels:
        raise Problem("engine.anchor_too_large", Code.TOO_LARGE, name=place.name) from None
    except UNREADABLE as error:
        raise Problem("engine.anchor_unreadable", Code.BAD_REQUEST, path=place) from error
