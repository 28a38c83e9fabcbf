"""The files in a checkout that something is made from, and whether they have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

TOP = ("LICENSE", "README.md", "pyproject.toml")


def project(checkout: Path) -> list[Path]:
    """The files that the installed package is built from, in a fixed order."""
    return [checkout / name for name in TOP] + inside(checkout, ("daemon", "shared"))


def inside(checkout: Path, folders: Iterable[str]) -> list[Path]:
    """The files in these folders of the checkout without compiled Python, in a fixed order."""
    files = [path for folder in folders for path in (checkout / folder).rglob("*") if path.is_file()]
    return sorted(path for path in files if "__pycache__" not in path.parts)


def fingerprint(checkout: Path, files: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files of the checkout."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(checkout).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
