"""What the user is told when pip fails."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from daemon.setup.environment import pip
from daemon.setup.environment.pip import NotFound
from shared.problem import Problem

LOG = Path("/home/logs/install.log")


@pytest.mark.parametrize(
    ("output", "key"),
    [
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    Expected sha256 a\n",
            "setup.wrong_hash",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "setup.pip_disk_full",
        ),
        (
            "WARNING: Retrying after NewConnectionError('...: Name or service not known')\nERROR: No matching\n",
            "setup.no_network",
        ),
        ("ERROR: [Errno 30] Read-only file system: '/x'\n", "setup.pip_read_only"),
        ("ERROR: [Errno 13] Permission denied: '/x'\n", "setup.pip_not_permitted"),
        ("ERROR: No matching distribution found for torch==2.13.0\n", "setup.pip_not_found"),
        ("it crashed\n", "setup.pip_failed"),
    ],
)
def test_what_pip_says(output: str, key: str) -> None:
    problem = pip.failure("torch", output, LOG)
    assert problem.key == key
    assert "torch" in problem.sentence
    assert str(LOG) in problem.hint
    assert "\n" not in problem.sentence + problem.hint


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("ERROR: one\nERROR: two\nhint: three\n", "two"),
        ("this\nit crashed\n\n", "it crashed"),
        ("", "no output"),
    ],
)
def test_the_reason_is_pips_last_error(output: str, reason: str) -> None:
    assert pip.failure("torch", output, LOG).values["reason"] == reason


def test_a_package_that_isnt_there_for_this_computer() -> None:
    problem = pip.failure("a", "ERROR: No matching distribution found for a\n", LOG)
    assert platform.python_version() in str(problem.values["here"])


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", NotFound),
        ("Retrying: Name or service not known\nERROR: No matching distribution found for a", NotFound),
        ("ERROR: No space left on device", Problem),
        ("Retrying: Name or service not known\nERROR: it broke off", Problem),
    ],
)
def test_what_isnt_found_can_be_told_from_the_rest(output: str, kind: type[Problem]) -> None:
    assert type(pip.failure("torch", output, LOG)) is kind
