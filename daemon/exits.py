"""Why the worker process ended, in words."""

from __future__ import annotations

import signal
from pathlib import Path

from shared.problem import Problem
from shared.protocol.messages import Code


def describe(code: int) -> str:
    """An exit status for the log: “signal SIGSEGV” or “exit code 1”. ``code`` is as in ``Popen.returncode``."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def not_started(error: OSError) -> Problem:
    """The operating system refused to start the process."""
    return Problem("service.worker_not_started", Code.WORKER_DIED, reason=error.strerror or error)


def explain(code: int, starting: bool, killed: bool, log: Path) -> Problem:
    """The exit of a worker that had a job.

    ``starting``: it never became ready. ``killed``: by the daemon, for taking too long. ``log`` is the file with
    what it printed last.
    """
    if killed:
        key = "service.worker_start_timeout" if starting else "service.worker_timeout"
    elif code == -getattr(signal, "SIGKILL", 9):
        key = "service.worker_killed"
    elif starting:
        key = "service.worker_start_failed"
    else:
        key = "service.worker_crashed"
    return Problem(key, Code.WORKER_DIED, log=log, how=describe(code))
