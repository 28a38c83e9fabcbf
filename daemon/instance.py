"""One daemon per home: an operating-system lock held for as long as the daemon lives.

The lock goes away with the process however it dies, so there is no stale lock to clean up.
"""

from __future__ import annotations

from pathlib import Path

from shared import paths
from shared.filelock import FileLock


class AlreadyRunning(Exception):
    """Another daemon holds the lock of this home."""


class Instance:
    """For ``with``: inside, this process is the daemon of ``home``. Raises ``AlreadyRunning``, or ``OSError`` if the
    home can't be written."""

    def __init__(self, home: Path | None = None) -> None:
        self._lock = FileLock(paths.lock_file(home))

    def __enter__(self) -> Instance:
        if not self._lock.acquire():
            raise AlreadyRunning
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
