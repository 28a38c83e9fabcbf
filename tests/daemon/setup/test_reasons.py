"""What the user is told when pip or the operating system says no."""

from __future__ import annotations

import errno
import os
import platform
from pathlib import Path

import pytest

from daemon.setup import reasons
from daemon.setup.errors import InstallError, NotFoundError

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
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for torch==2.13.0\n",
            "No matching distribution found for torch==2.13.0",
            f"There may be none for Python {platform.python_version()} on ",
        ),
        ("ERROR: No matching distribution found for a\n", "found for a", "another Python, 3.11 to 3.13."),
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


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", NotFoundError),
        ("Retrying: Name or service not known\nERROR: No matching distribution found for a", NotFoundError),
        ("ERROR: No space left on device", InstallError),
        ("Retrying: Name or service not known\nERROR: it broke off", InstallError),
    ],
)
def test_what_isnt_found_can_be_told_from_the_rest(output: str, kind: type[InstallError]) -> None:
    assert type(reasons.of_output("torch", output, LOG)) is kind


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EISDIR])
def test_errors_of_the_system(number: int) -> None:
    error = reasons.of_error(OSError(number, os.strerror(number), "/some/file"))
    assert "/some/file" in str(error)
    assert str(error).endswith(".")
    assert error.hint.endswith(".")
