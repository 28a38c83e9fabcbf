"""What goes into the private environment, and whether there is room for it; without making one."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon.setup import environment, hardware
from daemon.setup.environment import Environment
from daemon.setup.errors import InstallError, NotFoundError

CPU, CUDA = (next(build for build in hardware.TABLE if build.local == local) for local in ("cpu", "cu126"))


class Pip(Environment):
    """Notes what pip is asked for. It has all but what is named ``missing``."""

    def __init__(self, home: Path, missing: str, *, offline: bool = False) -> None:
        super().__init__(home / "venv", home, offline=offline)
        self.missing, self.asked = missing, []

    def pip(self, name: str, command: str, *arguments: str) -> None:
        self.asked.append(arguments[-1])
        if arguments[-1] == self.missing:
            raise NotFoundError(f"No matching distribution found for {self.missing}", "Try another.")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """``free`` bytes are free on every disk."""
    disk = SimpleNamespace(free=10**12)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk)
    return disk


def test_a_full_disk_is_noticed_first(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there" / "yet"
    environment.check_space(home, needed=1)
    with pytest.raises(InstallError, match=r"needs 1000000\.0 GB on the disk of .*, and .* GB are free"):
        environment.check_space(home, needed=10**15)
    assert not home.exists()


def test_the_build_of_the_processor_comes_from_its_index(tmp_path: Path, free: SimpleNamespace) -> None:
    pip = Pip(tmp_path, "nothing")
    free.free = 0
    pip.install_torch("torch==2.13.0", CPU)
    assert pip.asked == ["torch==2.13.0+cpu"]


def test_what_is_taken_instead_is_named_with_its_size(
    tmp_path: Path, free: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    pip = Pip(tmp_path, "torch==2.13.0+cpu")
    pip.install_torch("torch==2.13.0", CPU)
    assert pip.asked == ["torch==2.13.0+cpu", "torch==2.13.0"]
    said = capsys.readouterr().out
    assert "torch==2.13.0+cpu can't be had from https://download.pytorch.org/whl/cpu" in said
    assert "about 5.5 GB" in said


def test_what_doesnt_fit_is_not_downloaded_instead(tmp_path: Path, free: SimpleNamespace) -> None:
    pip = Pip(tmp_path, "torch==2.13.0+cpu")
    free.free = 4e9
    with pytest.raises(InstallError, match=r"needs 11\.0 GB .* 4\.0 GB are free"):
        pip.install_torch("torch==2.13.0", CPU)
    assert pip.asked == ["torch==2.13.0+cpu"]
    offline = Pip(tmp_path, "torch==2.13.0+cpu", offline=True)
    offline.install_torch("torch==2.13.0", CPU)
    assert offline.asked[-1] == "torch==2.13.0"


def test_nothing_is_taken_instead_of_a_card_s_build(tmp_path: Path, free: SimpleNamespace) -> None:
    pip = Pip(tmp_path, "torch==2.13.0+cu126")
    with pytest.raises(NotFoundError):
        pip.install_torch("torch==2.13.0", CUDA)
    assert pip.asked == ["torch==2.13.0+cu126"]
