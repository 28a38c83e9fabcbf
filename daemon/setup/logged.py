"""A program that is run with its output in a log, while the user sees how far it is."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from shared.machine.process import clean_environment

from . import reasons
from .console import megabytes, say


def run(name: str, command: Sequence[str], log: Path, growing: Path) -> None:
    """Run it to its end. ``name`` is what it installs, for the user, into the folder ``growing``.

    Raises InstallError if it fails.
    """
    began = time.monotonic()
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
                say(f"{name:<12} {megabytes(growing)} so far, {time.monotonic() - began:.0f} s", passing=True)
        finally:
            child.kill()  # only after an interruption is it still there
            child.wait()
        file.seek(start)
        output = file.read().decode(errors="replace")
    if child.returncode:
        raise reasons.of_output(name, output, log)


def _ends(child: subprocess.Popen[bytes], within: float) -> bool:
    """Wait for a process, for so many seconds at most."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(within)
    return child.returncode is not None
