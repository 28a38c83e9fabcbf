"""What the user is told when pip or the operating system says no."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from daemon.setup import reasons

LOG = Path("/home/logs/install.log")


@pytest.mark.parametrize(
    ("output", "sentence", "hint"),
    [
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    Expected sha256 a\n",
            "what was downloaded is not what was asked for",
            "changes files",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "is full",
            "Free",
        ),
        (
            "WARNING: Retrying after NewConnectionError('...: Name or service not known')\nERROR: No matching\n",
            "can't be reached",
            "Check the connection",
        ),
        ("ERROR: one\nERROR: two\nhint: three\n", ": two", "Check the connection"),
        ("it crashed\n", ": it crashed", "goes on"),
        ("", ": no output", "goes on"),
    ],
)
def test_what_pip_says(output: str, sentence: str, hint: str) -> None:
    error = reasons.of_output("torch", output, LOG)
    assert str(error).startswith("Installing torch failed: ")
    assert sentence in str(error)
    assert hint in error.hint
    assert error.hint.endswith(f"The whole output is in {LOG}.")
    assert "\n" not in str(error) + error.hint


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EISDIR])
def test_errors_of_the_system(number: int) -> None:
    error = reasons.of_error(OSError(number, os.strerror(number), "/some/file"))
    assert "/some/file" in str(error)
    assert str(error).endswith(".")
    assert error.hint.endswith(".")
