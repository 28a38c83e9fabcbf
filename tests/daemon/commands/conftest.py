from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """An empty folder for pictures, beside the daemon's home."""
    folder = tmp_path / "art"
    folder.mkdir()
    return folder
