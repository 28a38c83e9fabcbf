from __future__ import annotations

from pathlib import Path

import pytest
from private_environment import PrivateEnvironment


@pytest.fixture
def private(tmp_path: Path) -> PrivateEnvironment:
    return PrivateEnvironment(tmp_path)
