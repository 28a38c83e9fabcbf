"""The computer as setup sees it; a test can replace it by any other."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from platform import machine as this_machine

from shared.machine.process import clean_environment
from shared.problem import Problem

_SECONDS = 60  # for a program to answer

_KEYS = {
    errno.ENOSPC: "setup.disk_full",
    errno.EDQUOT: "setup.quota_full",
    errno.EROFS: "setup.disk_read_only",
    errno.EACCES: "setup.file_protected",
}

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of the system and keep what it says. Raises ``OSError``, or ``SubprocessError`` after a minute."""
    return subprocess.run(
        command,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
    )


@dataclass(frozen=True)
class System:
    """Everything that setup asks about the computer and its user; by default this one."""

    platform: str = sys.platform  # "linux", "darwin" or "win32"
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)
    root: Path = Path("/")  # of what isn't the user's: /var/lib/flatpak, /Applications, /sys
    which: Callable[[str], str | None] = shutil.which
    run: Run = run

    def ask(self, command: Sequence[str]) -> str:
        """What a program prints to its standard output; empty if it can't be run or doesn't end."""
        try:
            return self.run(command).stdout
        except (OSError, subprocess.SubprocessError):
            return ""

    def folder(self, variable: str, usual: str) -> Path:
        """The folder that a variable names, or else the usual one below the home."""
        return folder(self.environment, variable, self.home / usual)


def explained(error: OSError) -> Problem:
    """Why a file can't be used, and what to do."""
    return Problem(
        _KEYS.get(error.errno or 0, "setup.file_unusable"), path=error.filename or "A file", reason=error.strerror
    )


def machine_name(platform: str = sys.platform, machine: str | None = None) -> str:
    """``linux-x86_64``, ``windows-x86_64`` …; ``macos``, whose packages hold the code of both processors."""
    if platform == "darwin":
        return "macos"
    machine = (machine or this_machine()).lower()
    return f"{'windows' if platform == 'win32' else platform}-{'x86_64' if machine == 'amd64' else machine}"


def folder(environment: Mapping[str, str], variable: str, usual: Path) -> Path:
    """The folder that a variable names, or else the usual one.

    A relative path doesn't count: the XDG specification says so, and Windows never sets one.
    """
    chosen = environment.get(variable, "")
    return Path(chosen) if os.path.isabs(chosen) else usual
