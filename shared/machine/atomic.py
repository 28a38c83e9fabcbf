"""Files and folders that are at any moment the old ones or the new ones, never a part of either.

What already is as it should be is left alone, with its time of change.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

from .paths import WINDOWS

_MADE_LATER = "__pycache__"  # by the Python that runs what was installed, or by the one that runs the installer
_NAME_CHARACTERS = 40  # of the file's own name in its draft's: both must fit into the 255 bytes of a name


def write(path: Path, data: bytes, mode: int | None = None, *, durable: bool = True) -> None:
    """Put ``data`` into a file. A reader sees the old file or the new one, and so does one after a power cut.

    ``mode``: permissions (POSIX), from the first byte on: 0o600 for what only this user may read. Without it a file
    that is there keeps its permissions, and a new one gets those that any program's would. A link is replaced by the
    file. Not ``durable``: for what a power cut makes worthless anyway, since a busy disk can take seconds to confirm
    that a file is safe. The folder must exist. Raises ``OSError``; then everything is as it was.
    """
    wanted = _permissions(path) if mode is None else mode
    draft = path.with_name(f".{path.name[:_NAME_CHARACTERS]}.{secrets.token_hex(4)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(draft, flags, 0o666 if wanted is None else wanted)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if wanted is not None:
            draft.chmod(wanted)  # the umask may have taken some away
        _replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def remove_drafts(path: Path) -> None:
    """Remove what ``write`` left beside ``path`` in runs that were killed. Nobody may be writing it now."""
    for draft in path.parent.glob(f".{glob.escape(path.name[:_NAME_CHARACTERS])}.????????.new"):
        with contextlib.suppress(OSError):
            draft.unlink()


def replace_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Make the file hold ``data``, where it doesn't yet; its folder is made if it is missing. Raises ``OSError``.

    ``mode`` is as for ``write``. A link to a file stays a link.
    """
    path = path.resolve()
    there = _permissions(path)
    if there is not None and mode in (None, there) and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, data, mode)


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


def _permissions(path: Path) -> int | None:
    """None where there is no file."""
    return stat.S_IMODE(path.stat().st_mode) if path.is_file() else None


def _replace(source: Path, target: Path) -> None:
    # Windows refuses while a reader has the target open, which lasts microseconds.
    for _ in range(50 if WINDOWS else 0):
        try:
            return os.replace(source, target)
        except PermissionError:
            time.sleep(0.02)
    return os.replace(source, target)
