"""Files and folders that are at any moment the old ones or the new ones, never a part of either.

What already is as it should be is left alone, with its time of change.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

_MADE_LATER = "__pycache__"  # by the Python that runs what was installed, or by the one that runs the installer


def replace_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Make the file hold ``data``; its folder is made if it is missing. Raises ``OSError``.

    Without a ``mode`` a file that is there keeps its permissions. A link to a file stays a link.
    """
    path = path.resolve()
    there = stat.S_IMODE(path.stat().st_mode) if path.is_file() else None
    if there is not None and mode in (None, there) and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(data)
        draft.chmod(mode or there or 0o644)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def replace_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Make the folder hold what ``fill(draft)`` puts into an empty folder, and nothing else. Raises ``OSError``.

    There is a moment without the folder, between two renames. Where that is all that an interrupted run left, and
    where it left a draft, the next run tidies up.
    """
    draft, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    folder.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir()
    try:
        fill(draft)
        if _content(folder) == _content(draft):
            return
        if folder.exists():
            os.rename(folder, old)
        try:
            os.rename(draft, folder)
        except OSError:
            if old.exists():
                os.rename(old, folder)
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def copy_tree(source: Path, target: Path, *, without: tuple[str, ...] = ()) -> None:
    """Copy what is in a folder into another, made if need be, without compiled Python and names like ``*.desktop``.

    Only contents are copied: the permissions of a checkout are not everybody's. Raises ``OSError``.
    """
    target.mkdir(parents=True, exist_ok=True)
    skipped = shutil.ignore_patterns(_MADE_LATER, *without)(str(source), [path.name for path in source.iterdir()])
    for path in source.iterdir():
        if path.name in skipped:
            continue
        if path.is_dir():
            copy_tree(path, target / path.name, without=without)
        else:
            shutil.copyfile(path, target / path.name)


def _content(folder: Path) -> dict[str, tuple[bool, bytes]]:
    """Relative name → runnable, bytes: of every file but compiled Python."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): (os.access(path, os.X_OK), path.read_bytes())
        for name, path in files.items()
        if _MADE_LATER not in name.parts
    }
