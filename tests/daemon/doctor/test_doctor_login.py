"""Whether the daemon is started at login, by what install.py would have put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.doctor import login as checked
from daemon.setup import login
from daemon.setup.system import System
from shared.machine import paths


@pytest.fixture
def system(tmp_path: Path) -> System:
    """A Linux without systemd: the entry is a file."""
    return System("linux", {}, tmp_path / "user", tmp_path / "root", which=lambda _: None, ask=lambda _: "")


def test_on_and_off(system: System, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (off,) = checked.check(home, system)
    assert off.state == "ok"
    assert "doesn't start at login" in off.sentence
    login.install(system, home, paths.venv_python(home))
    (on,) = checked.check(home, system)
    assert on.state == "ok"
    assert "starts at login" in on.sentence
    login.remove(system, home)
    assert checked.check(home, system) == [off]


def test_another_python_and_another_home(system: System, tmp_path: Path) -> None:
    home = tmp_path / "home"
    login.install(system, home, tmp_path / "python")
    (stale,) = checked.check(home, system)
    assert stale.state == "warn"
    (foreign,) = checked.check(tmp_path / "other", system)
    assert foreign.state == "warn"
    assert stale.sentence != foreign.sentence
