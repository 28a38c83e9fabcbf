"""What goes into the private environment, and whether there is room for it; without making one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon.setup.environment import builder, hardware
from daemon.setup.environment.builder import Builder, Recipe
from daemon.setup.environment.pip import NotFound
from daemon.setup.sources import ROOT
from shared.problem import Problem

CPU, CUDA = (next(build for build in hardware.TABLE if build.local == local) for local in ("cpu", "cu126"))
TORCH = "torch==2.13.0"


class Pip:
    """Notes what pip is asked for. It has all but what is named ``missing``."""

    def __init__(self, missing: str) -> None:
        self.missing, self.asked = missing, []

    def __call__(self, _command: str, name: str, *arguments: str) -> None:
        self.asked.append(arguments[-1])
        if arguments[-1] == self.missing:
            raise NotFound("setup.pip_not_found", name=name, reason="", here="", log="")


def install_torch(home: Path, build: hardware.Build, pip: Pip, *, offline: bool = False) -> None:
    made = Builder(home, checkout=ROOT, torch="cpu", offline=offline)
    made.build = build
    made._install_torch(pip)  # type: ignore[arg-type]


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """``free`` bytes are free on every disk."""
    disk = SimpleNamespace(free=10**12)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk)
    return disk


def test_a_full_disk_is_noticed_first(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there" / "yet"
    builder.check_space(home, needed=1)
    with pytest.raises(Problem) as caught:
        builder.check_space(home, needed=10**15)
    assert (caught.value.key, caught.value.values["needed"]) == ("setup.no_space", "1000000.0")
    assert not home.exists()


def test_the_build_of_the_processor_comes_from_its_index(tmp_path: Path, free: SimpleNamespace) -> None:
    pip = Pip("nothing")
    free.free = 0
    install_torch(tmp_path, CPU, pip)
    assert pip.asked == [f"{TORCH}+cpu"]


def test_what_is_taken_instead_is_named_with_its_size(
    tmp_path: Path, free: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    pip = Pip(f"{TORCH}+cpu")
    install_torch(tmp_path, CPU, pip)
    assert pip.asked == [f"{TORCH}+cpu", TORCH]
    said = capsys.readouterr().out
    assert f"{TORCH}+cpu" in said
    assert "https://download.pytorch.org/whl/cpu" in said
    assert "5.5 GB" in said


def test_what_doesnt_fit_is_not_downloaded_instead(tmp_path: Path, free: SimpleNamespace) -> None:
    pip = Pip(f"{TORCH}+cpu")
    free.free = 4e9
    with pytest.raises(Problem) as caught:
        install_torch(tmp_path, CPU, pip)
    assert {name: caught.value.values[name] for name in ("needed", "free")} == {"needed": "11.0", "free": "4.0"}
    assert pip.asked == [f"{TORCH}+cpu"]
    offline = Pip(f"{TORCH}+cpu")
    install_torch(tmp_path, CPU, offline, offline=True)
    assert offline.asked[-1] == TORCH


def test_nothing_is_taken_instead_of_a_card_s_build(tmp_path: Path, free: SimpleNamespace) -> None:
    pip = Pip(f"{TORCH}+cu126")
    with pytest.raises(NotFound):
        install_torch(tmp_path, CUDA, pip)
    assert pip.asked == [f"{TORCH}+cu126"]


def test_a_recipe_survives_its_file(tmp_path: Path) -> None:
    recipe = Builder(tmp_path, torch="cpu").recipe
    assert recipe.python == f"{sys.version_info[0]}.{sys.version_info[1]}"
    recipe.write(tmp_path)
    assert Recipe.of(tmp_path) == recipe
    assert Recipe.of(None) is None


@pytest.mark.parametrize("text", ["", '{"python": "3.1', "[1]", '{"python": "3.11"}', '{"more": ""}', "\\x00"])
def test_a_damaged_recipe_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / builder.RECORD).write_text(text)
    assert Recipe.of(tmp_path) is None
