"""A small checkout for the tests of what is installed into editors."""

from __future__ import annotations

import os
from pathlib import Path

from shared.machine.location import Location

KRITA = {
    "krita_plugin/__init__.py": b"from .dock import Dock\n",
    "krita_plugin/dock.py": b"class Dock: ...\r\n",
    "krita_plugin/icons/shade.svg": b"<svg/>\n",
    "krita_plugin/manual.html": "<p>Größe</p>".encode(),
    "krita_plugin/belladonna.desktop": b"[Desktop Entry]\nX-KDE-Library=belladonna\n",
    "krita_plugin/belladonna.action": b"<ActionCollection/>\n",
    "krita_plugin/__pycache__/dock.cpython-313.pyc": b"compiled",
}
GIMP = {"gimp_plugin/belladonna.py": b"#!/usr/bin/env python3\n", "gimp_plugin/dialog.py": b"import gi\n"}
SHARED = {"shared/__init__.py": b"", "shared/wire.py": b"import json\n", "shared/__pycache__/wire.pyc": b"compiled"}
PYZMQ = {"zmq/__init__.py": b"", "pyzmq.libs/libzmq.so": b"\x7fELF"}

LOCATION = Location(Path("/a home"), Path("/a home/venv/bin/python"), "0.1.0")


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def checkout(folder: Path) -> Path:
    return lay(folder, KRITA | GIMP | SHARED)


def content(folder: Path) -> dict[str, bytes]:
    """Relative name → bytes, of every file below."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def times(folder: Path) -> dict[str, int]:
    """When each file and folder below was last changed."""
    return {
        os.path.join(place, name): os.stat(os.path.join(place, name)).st_mtime_ns
        for place, folders, files in os.walk(folder)
        for name in folders + files
    }
