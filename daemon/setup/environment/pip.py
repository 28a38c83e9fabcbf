"""Run pip with its output in a log, progress on the screen, and its failure as a problem with a hint."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from shared.machine.process import clean_environment
from shared.problem import Problem

from ..console import megabytes, say

_NOTHING = 1_000_000  # bytes free
_NONE = "No matching distribution found for"

_KNOWN = {
    "DO NOT MATCH THE HASHES": "setup.wrong_hash",
    "No space left on device": "setup.pip_disk_full",
    "Read-only file system": "setup.pip_read_only",
    "Permission denied": "setup.pip_not_permitted",
    r"Temporary failure in name resolution|Name or service not known|getaddrinfo failed|NewConnectionError"
    r"|ConnectTimeoutError|nodename nor servname": "setup.no_network",
}
"""What pip and Python say → what that means. The first that fits is taken."""


class NotFound(Problem):
    """pip found no such package: there is none for this computer, or the index can't be reached."""


class Pip:
    """The pip of an environment. ``offline``: packages only come from where its find-links point."""

    def __init__(self, python: Path, log: Path, growing: Path, *, offline: bool = False) -> None:
        self._python, self._log, self._growing, self._offline = python, log, growing, offline

    def __call__(self, command: str, name: str, *arguments: str) -> None:
        """``name`` is what is installed or downloaded, for the user. Raises Problem."""
        options = ["--disable-pip-version-check", "--no-input", *(["--no-index"] if self._offline else [])]
        run(name, [str(self._python), "-I", "-m", "pip", command, *options, *arguments], self._log, self._growing)


def run(name: str, command: Sequence[str], log: Path, growing: Path) -> None:
    """Run a program that installs ``name`` into the folder ``growing``. Raises Problem if it fails."""
    began = time.monotonic()
    log.parent.mkdir(exist_ok=True)
    with log.open("a+b") as file:
        start = file.seek(0, os.SEEK_END)
        child = subprocess.Popen(
            command,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            close_fds=False,  # the installer's lock is for it too: it may outlive an installer that is killed
        )
        try:
            while not _ends(child, within=1 if sys.stdout.isatty() else 30):
                seconds = f"{time.monotonic() - began:.0f}"
                say("setup.step_so_far", passing=True, name=name, size=megabytes(growing), seconds=seconds)
        finally:
            child.kill()  # only after an interruption is it still there
            child.wait()
        file.seek(start)
        output = file.read().decode(errors="replace")
    if child.returncode:
        raise failure(name, output, log)


def failure(name: str, output: str, log: Path) -> Problem:
    """Why installing ``name`` failed, by what was printed. The log holds all of it. A ``NotFound`` if there is none."""
    if log.parent.exists() and shutil.disk_usage(log.parent).free < _NOTHING:
        output += "No space left on device"  # then the log has no room for what the program said
    kind = NotFound if _NONE in output else Problem
    found = next((key for pattern, key in _KNOWN.items() if re.search(pattern, output)), None)
    if found is not None:
        return kind(found, name=name, log=log)
    here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    key = "setup.pip_not_found" if kind is NotFound else "setup.pip_failed"
    return kind(key, name=name, log=log, reason=_last_word(output), here=here)


def _last_word(output: str) -> str:
    """The line of pip's output that says why: its last error, or else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["no output"])[-1].removeprefix("ERROR: ")


def _ends(child: subprocess.Popen[bytes], within: float) -> bool:
    """Wait for a process, for so many seconds at most."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(within)
    return child.returncode is not None
