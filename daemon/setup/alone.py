"""One run of install.py at a time in one home."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from shared.machine import paths
from shared.machine.filelock import FileLock

from .errors import InstallError


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keep other runs out. Raises InstallError if one is at work, or the pip of one that was killed still is."""
    lock = FileLock(paths.run_dir(home) / "install.lock")
    if not lock.acquire():
        raise InstallError(f"Another install.py is at work in {home}.", "Wait until it has ended, then run this again.")
    lock.share_with_children()
    try:
        yield
    finally:
        lock.release()
