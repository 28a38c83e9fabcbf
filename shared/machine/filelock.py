"""A lock between processes. The operating system releases it when its holder ends, for whatever reason."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .paths import private_dir


class FileLock:
    """Exclusive lock on ``path``, which is created and left behind: deleting it would allow two holders."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Try to take the lock, without waiting; True if it is held now. Raises ``OSError`` if there can be no file."""
        if self._descriptor is not None:
            return True
        private_dir(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def share_with_children(self) -> None:
        """Let children that inherit descriptors hold the lock too (POSIX): it stays held if this process is killed."""
        if self._descriptor is not None:
            os.set_inheritable(self._descriptor, True)

    def release(self) -> None:
        """Release the lock if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
