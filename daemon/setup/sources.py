"""The files that an installation is made from: a checkout's or, once installed, the environment's copies."""

from __future__ import annotations

import filecmp
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout, or the environment's site-packages."""

FOLDERS = ("daemon", "shared", "krita_plugin", "gimp_plugin")
"""What is installed into the environment. The plug-ins are there so that an editor can get its later."""

BUILD_FILES = ("LICENSE", "README.md", "pyproject.toml")
"""What it takes besides to build the package; only a checkout has them."""


def inside(folder: Path) -> list[Path]:
    """The files below a folder in a fixed order, without compiled Python and hidden ones, which no package takes."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def same(one: Path, other: Path, folders: Iterable[str] = FOLDERS) -> bool:
    """Whether these folders of both contain the same files with the same contents."""
    for name in folders:
        names = [{path.relative_to(root) for path in inside(root / name)} for root in (one, other)]
        if names[0] != names[1] or not all(filecmp.cmp(one / each, other / each, shallow=False) for each in names[0]):
            return False
    return True
