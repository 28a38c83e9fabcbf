"""Anchors of the artist's own, for good: ``anchors/TARGET/`` in the home, with a picture in it.

They go before the pictures that ship, and a target that the table doesn't have becomes one that can be asked for.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from shared.machine import paths
from shared.problem import Problem
from shared.protocol.messages import Code

NAME = re.compile(r"\w[\w '\-]{0,59}")  # of a target, which is a folder's name too


def names() -> tuple[str, ...]:
    """The targets with a picture of the artist's own, in alphabetical order."""
    folder = paths.anchors_dir()
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(place.name for place in places if NAME.fullmatch(place.name) and picture(place.name))


def picture(target: str) -> Path | None:
    """The artist's own picture of a target: the first by its name in the target's folder."""
    place = paths.anchors_dir() / target
    if not NAME.fullmatch(target) or not place.is_dir():
        return None
    return next((path for path in sorted(place.iterdir()) if path.is_file() and not path.name.startswith(".")), None)


def add(target: str, source: Path) -> Path:
    """Copy a picture, instead of what was there, and return its place.

    Raises ``Problem`` for a name that can't be a folder's, and ``OSError``.
    """
    if not NAME.fullmatch(target):
        raise Problem("anchors.bad_name", Code.BAD_REQUEST, target=target)
    place = paths.anchors_dir() / target
    draft = place.with_name(f".{target}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shutil.copyfile(source, draft / source.name.lstrip("."))
    remove(target)
    draft.rename(place)
    return place / source.name.lstrip(".")


def remove(target: str) -> bool:
    """Remove the artist's own pictures of a target. False if there were none. Raises ``OSError``."""
    place = paths.anchors_dir() / target
    if not NAME.fullmatch(target) or not place.is_dir():
        return False
    shutil.rmtree(place)
    return True
