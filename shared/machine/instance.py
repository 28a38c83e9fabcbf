"""One daemon per home: an operating-system lock held for as long as the daemon lives.

The lock goes away with the process however it dies, so there is no stale lock to clean up.
"""

from __future__ import annotations

import time
from pathlib import Path

from ..problem import Problem
from ..protocol.messages import Code
from . import paths
from .filelock import FileLock

PAUSE = 0.02  # seconds between two tries


class AlreadyRunning(Problem):
    """Another daemon holds the lock of this home."""


class Instance:
    """For ``with``: inside, this process is the daemon of ``home``.

    Tries for ``wait`` seconds: a daemon that is stopping no longer answers but still holds the lock for a moment.
    Raises ``AlreadyRunning``, or ``OSError`` if the home can't be written.
    """

    def __init__(self, home: Path | None = None, wait: float = 0.0) -> None:
        self._lock = FileLock(paths.lock_file(home))
        self._wait = wait

    def __enter__(self) -> Instance:
        deadline = time.monotonic() + self._wait
        while not self._lock.acquire():
            if time.monotonic() >= deadline:
                raise AlreadyRunning("machine.already_running", Code.BUSY)
            time.sleep(PAUSE)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def is_running(home: Path | None = None) -> bool:
    """Whether there is a daemon, even one that doesn't answer. Raises ``OSError`` if the home can't be written."""
    try:
        with Instance(home):
            return False
    except AlreadyRunning:
        return True
