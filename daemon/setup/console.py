"""What the installer prints."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def say(line: str, *, passing: bool = False) -> None:
    """Print a line. On a terminal the next line replaces a ``passing`` one, so all are padded to cover it."""
    terminal = sys.stdout.isatty()
    print(f"{line:<50}" if terminal else line, end="\r" if terminal and passing else "\n", flush=True)


def complain(sentence: str, hint: str) -> None:
    """Say what went wrong, and on a line of its own what to do."""
    print(sentence, hint, sep="\n", file=sys.stderr, flush=True)


def megabytes(folder: Path) -> str:
    """How much a folder holds, for people."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # pip moves files while this looks
                total += os.lstat(os.path.join(place, name)).st_size
    return f"{total / 1e6:,.0f} MB"
