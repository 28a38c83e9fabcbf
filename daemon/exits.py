"""Why the worker process ended, in words."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Exit:
    """``message`` is a sentence for the artist, ``hint`` says what to do."""

    message: str
    hint: str


def describe(code: int) -> str:
    """An exit status for the log: “signal SIGSEGV” or “exit code 1”. ``code`` is as in ``Popen.returncode``."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def not_started(error: OSError) -> Exit:
    """The operating system refused to start the process."""
    return Exit(
        f"The shading process could not be started: {error.strerror or error}.",
        "Close some programs and try again; if that doesn't help, run install.py again.",
    )


def explain(code: int, starting: bool, killed: bool, log: Path) -> Exit:
    """The exit of a worker that had a job.

    ``starting``: it never became ready. ``killed``: by the daemon, for taking too long. ``log`` is the file with
    what it printed last.
    """
    if killed:
        return Exit(
            f"The shading process did not {'start' if starting else 'answer'} in time and was ended.",
            f"Try again when the computer is less busy. If it comes back, please report it with the end of {log}.",
        )
    if code == -getattr(signal, "SIGKILL", 9):
        return Exit(
            "The shading process was stopped from outside, most likely because the computer's memory ran out.",
            "Close other programs or choose the quality “fast”, then shade the layer again.",
        )
    if starting:
        return Exit(
            f"The shading process could not start; the end of {log} says why.",
            "Run install.py again; it repairs what is missing.",
        )
    return Exit(
        f"The shading process crashed ({describe(code)}).",
        f"Shade the layer again. If it comes back, please report it with the end of {log}.",
    )
