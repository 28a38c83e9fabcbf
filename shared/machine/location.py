"""Where an editor's plug-in finds the private installation: ``location.json``, which install.py writes beside it.

An editor knows neither the variables of the terminal that install.py was run in nor which Python was used.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from .. import VERSION
from ..protocol import strict
from . import paths

FILE = "location.json"
FILE_BYTES = 64 * 1024  # more than two of the longest paths in any script take

_MEND = "Run Belladonna's install.py again."


class LocationError(Exception):
    """There is a file, but it can't be used. ``str(error)`` is a sentence, ``hint`` says what to do."""

    def __init__(self, sentence: str, hint: str = _MEND) -> None:
        super().__init__(sentence)
        self.hint = hint


@dataclass(frozen=True)
class Location:
    """An installation: both paths are absolute, neither needs to exist (any more)."""

    home: Path  # the folder with everything that Belladonna writes of its own
    python: Path  # the private environment's interpreter
    version: str  # of the Belladonna that wrote this
    sandboxed: bool = False  # the editor is in a sandbox: it can start no program outside, so neither daemon nor bridge


@dataclass(frozen=True)
class _File:
    """The file's fields."""

    home: str
    python: str
    version: str
    sandboxed: bool = False  # older files don't say so


def read(folder: Path) -> Location:
    """What ``folder``'s file says; without one, where things are unless somebody chose otherwise.

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
        raise LocationError(f"The file {path} can't be read ({problem.strerror}).") from problem
    if len(data) > FILE_BYTES:
        raise LocationError(f"The file {path} is damaged (it is too long).")
    try:
        found = strict.build(_File, strict.parse_object(data))
    except strict.StrictError as problem:
        raise LocationError(f"The file {path} is damaged ({str(problem).rstrip('.')}).") from None
    if not (os.path.isabs(found.home) and os.path.isabs(found.python)) or "\0" in found.home + found.python:
        raise LocationError(f"The file {path} is damaged (its paths are not absolute).")
    return Location(Path(found.home), Path(found.python), found.version, found.sandboxed)


def write(location: Location, folder: Path) -> None:
    """Write ``folder``'s file. A reader sees the old one or the new one, never a part.

    Raises ``OSError``, and ``LocationError`` for a path that no text can hold.
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
        sentence = f"The path {str(location.home)!a} contains bytes that are no text."
        raise LocationError(sentence, "Set BELLADONNA_HOME to another folder and run install.py again.") from None
    draft = folder / f"{FILE}.{secrets.token_hex(4)}"
    try:
        draft.write_bytes(data)
        os.replace(draft, folder / FILE)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
