"""Fixtures of the shading engine's tests."""

from __future__ import annotations

import pytest

from daemon.shading.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """One engine for all tests, as one worker has one for all its jobs."""
    return Engine()
