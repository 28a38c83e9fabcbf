"""The computer as the search for editors sees it, so that a test can be any computer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.machine.process import clean_environment

_SECONDS = 60  # for a program to answer


def ask(command: Sequence[str]) -> str:
    """What a program prints to its standard output; empty if it can't be run or doesn't end."""
    try:
        said = subprocess.run(
            command, env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.decode(errors="replace")


@dataclass(frozen=True)
class System:
    """Everything that is asked about the computer and its user; by default it is this one."""

    platform: str = sys.platform  # "linux", "darwin" or "win32"
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)
    root: Path = Path("/")  # of what isn't the user's: /var/lib/flatpak, /Applications, /proc
    which: Callable[[str], str | None] = shutil.which
    ask: Callable[[Sequence[str]], str] = ask

    def folder(self, variable: str, usual: str) -> Path:
        """The folder that a variable names, or else the usual one below the home."""
        return folder(self.environment, variable, self.home / usual)


def folder(environment: Mapping[str, str], variable: str, usual: Path) -> Path:
    """The folder that a variable names, or else the usual one.

    A relative path doesn't count: the XDG specification says so, and Windows never sets one.
    """
    chosen = environment.get(variable, "")
    return Path(chosen) if os.path.isabs(chosen) else usual
