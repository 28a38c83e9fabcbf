"""Where an editor's plug-in finds the private installation: ``location.json``, which install.py writes beside it.

An editor knows neither the variables of the terminal that install.py was run in nor which Python was used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .. import VERSION
from ..problem import Problem
from ..protocol import strict
from . import atomic, paths

FILE = "location.json"
FILE_BYTES = 64 * 1024  # more than two of the longest paths take in any script


class LocationError(Problem):
    """There is a file, but it can't be used."""


@dataclass(frozen=True)
class Location:
    """An installation: both paths are absolute; neither has to exist."""

    home: Path  # the folder for everything that Belladonna writes
    python: Path  # the private environment's interpreter
    version: str  # of the Belladonna that wrote this
    sandboxed: bool = False  # the editor is in a sandbox: it can start no program outside, so neither daemon nor bridge


def read(folder: Path) -> Location:
    """What ``folder``'s file says; without one, the default places.

    Raises ``LocationError`` for a file that can't be read or is damaged.
    """
    path = folder / FILE
    try:
        with open(path, "rb") as file:
            data = file.read(FILE_BYTES + 1)
    except FileNotFoundError:
        home = paths.home()
        return Location(home, paths.venv_python(home), VERSION)
    except OSError as problem:
        raise LocationError("machine.location_unreadable", path=path, reason=problem.strerror) from problem
    if len(data) > FILE_BYTES:
        raise _damaged(path, "it is too long")
    try:
        found = strict.build(Location, strict.parse_object(data))
    except strict.StrictError as problem:
        raise _damaged(path, str(problem).rstrip(".")) from None
    if not (found.home.is_absolute() and found.python.is_absolute()) or "\0" in f"{found.home}{found.python}":
        raise _damaged(path, "its paths are not absolute")
    return found


def write(location: Location, folder: Path) -> None:
    """Write ``folder``'s file. A reader sees the old one or the new one, never a part.

    Raises ``OSError``, and ``LocationError`` for a path that isn't text.
    """
    fields = {
        "home": str(location.home),
        "python": str(location.python),
        "version": location.version,
        "sandboxed": location.sandboxed,
    }
    try:
        data = json.dumps(fields, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        raise LocationError("machine.location_not_text", path=ascii(str(location.home))) from None
    atomic.write(folder / FILE, data)


def _damaged(path: Path, reason: str) -> LocationError:
    return LocationError("machine.location_damaged", path=path, reason=reason)
