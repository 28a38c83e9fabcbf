"""Before the private environment is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.setup import environment
from daemon.setup.errors import InstallError


def test_a_full_disk_is_noticed_first(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there" / "yet"
    environment.check_space(home, needed=1)
    with pytest.raises(InstallError, match=r"needs 1000000\.0 GB on the disk of .*, and .* GB are free"):
        environment.check_space(home, needed=10**15)
    assert not home.exists()
