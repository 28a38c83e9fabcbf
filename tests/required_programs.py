"""What happens to a test of a real editor, or with a system's own tool, where that isn't installed."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

REQUIRED = "BELLADONNA_REQUIRE_EDITORS"
"""Set to 1, as in CI, a missing program is a failure instead of a skip."""


def require(*programs: str) -> None:
    """Skip the test, saying why, unless all these programs are on the PATH; fail it where ``REQUIRED`` is set."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        unavailable(f"not installed: {', '.join(missing)}")


def unavailable(reason: str) -> NoReturn:
    """Skip the test for this reason; fail it where ``REQUIRED`` is set."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{reason}, and {REQUIRED} is set", pytrace=False)
    pytest.skip(reason)
