"""Ask questions in a process of their own, since what they load may be missing, crash or hang."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.machine.process import clean_environment

from ... import exits


class ChildError(Exception):
    """No answer. ``str(error)`` says why, as the end of a sentence: without a capital letter and a full stop."""


def run(command: Sequence[str], seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, whatever its exit code. Raises ``ChildError`` if it can't start or takes too long."""
    try:
        # In the terminal's process group: Ctrl-C, which no thread but the first hears of, ends it too.
        return subprocess.run(command, input=b"", capture_output=True, timeout=seconds, env=clean_environment())
    except subprocess.TimeoutExpired:
        raise ChildError(f"it took longer than {seconds:.0f} s") from None
    except OSError as error:
        raise ChildError(f"{command[0]} can't be started ({error.strerror})") from None


def ask(python: Path, script: Path, seconds: float) -> dict[str, Any]:
    """The JSON object that a script, run by ``python``, prints as its last line. Raises ``ChildError``."""
    child = run([str(python), "-I", "-B", str(script)], seconds)  # -B: looking at an environment changes nothing there
    if child.returncode:
        raise ChildError(last_words(child))
    try:
        return json.loads(child.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise ChildError("its answer can't be read") from None


def last_words(child: subprocess.CompletedProcess[bytes]) -> str:
    """Why a program ended: the signal, or else the last line of its error output."""
    lines = [line for line in child.stderr.decode(errors="replace").splitlines() if line.strip()]
    if child.returncode < 0 or not lines:
        return f"it ended with {exits.describe(child.returncode)}"
    return lines[-1].strip().rstrip(".")
