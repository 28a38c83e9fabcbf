"""What an installation prints, and the one question it asks."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from shared import wording
from shared.problem import Problem


def say(key: str, /, *, passing: bool = False, **values: object) -> None:
    """Print a text. On a terminal the next line replaces a ``passing`` one, so all are padded to cover it."""
    line, terminal = wording.text(key, **values), sys.stdout.isatty()
    print(f"{line:<50}" if terminal else line, end="\r" if terminal and passing else "\n", flush=True)


def complain(problem: Problem) -> None:
    """Print what went wrong and, on a line of its own, what to do."""
    print(problem.sentence, problem.hint, sep="\n", file=sys.stderr, flush=True)


def agreed(key: str, /, *, yes: bool, **values: object) -> bool:
    """The user's answer to a question. With ``yes``, and without a terminal, nobody is asked."""
    if yes or not sys.stdin.isatty():
        return True
    return input(f"{wording.text(key, **values)} [Y/n] ").lower() in ("", "y", "yes")


def megabytes(folder: Path) -> str:
    """The size of a folder, as text."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # pip moves files while this looks
                total += os.lstat(os.path.join(place, name)).st_size
    return f"{total / 1e6:,.0f} MB"
