"""The plug-in in Krita's folders: what lies there, that a second run changes nothing, and who must not be running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import plugin_trees
import pytest
from plugin_trees import LOCATION

from daemon.setup.editors import krita, plugin
from daemon.setup.manifest import Manifest
from daemon.setup.system import System
from shared.machine import location

PLUGIN = {"__init__.py", "dock.py", "icons/shade.svg", "manual.html", "shared/__init__.py", "shared/wire.py"}


class Scene:
    def __init__(self, folder: Path) -> None:
        self.checkout = plugin_trees.checkout(folder / "checkout")
        self.vendor = plugin_trees.lay(folder / "pyzmq", plugin_trees.PYZMQ)
        self.resources, self.config = folder / "data" / "krita", folder / "config" / "kritarc"
        self.resources.mkdir(parents=True)
        environment = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
        (self.krita,) = krita.find(System("linux", environment, folder / "user", folder / "root", lambda _: None))
        self.plugin, self.manifest = self.krita.folder, Manifest(folder / "belladonna")

    def install(self, vendor: Path | None = None) -> None:
        plugin.put(self.krita, plugin.content(self.krita, self.checkout, LOCATION, vendor), self.manifest)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_everything_lies_where_krita_looks(scene: Scene) -> None:
    scene.install(scene.vendor)
    assert set(plugin_trees.content(scene.resources)) == {
        "actions/belladonna.action",
        "pykrita/belladonna.desktop",
        *(f"pykrita/belladonna/{name}" for name in PLUGIN),
        *(f"pykrita/belladonna/vendor/{name}" for name in plugin_trees.PYZMQ),
        "pykrita/belladonna/location.json",
    }
    assert (scene.plugin / "dock.py").read_bytes() == b"class Dock: ...\r\n"
    assert location.read(scene.plugin) == LOCATION
    assert scene.config.read_bytes() == b"[python]\nenable_belladonna=true\n"


def test_a_second_run_writes_nothing(scene: Scene, tmp_path: Path) -> None:
    scene.install(scene.vendor)
    plugin_trees.lay(scene.plugin / "__pycache__", {"dock.cpython-313.pyc": b"by Krita"})
    folders = (tmp_path / "config", scene.plugin, tmp_path / "belladonna")
    before = [plugin_trees.times(folder) for folder in folders]
    scene.install(scene.vendor)
    assert [plugin_trees.times(folder) for folder in folders] == before


def test_an_upgrade_takes_away_what_is_no_longer_part_of_it(scene: Scene) -> None:
    scene.install(scene.vendor)
    (scene.checkout / "krita_plugin" / "dock.py").unlink()
    (scene.checkout / "krita_plugin" / "panel.py").write_bytes(b"")
    (scene.checkout / "krita_plugin" / "belladonna.desktop").write_bytes(b"new")
    scene.install()
    names = PLUGIN - {"dock.py"} | {"panel.py", "location.json"}
    assert set(plugin_trees.content(scene.plugin)) == names
    assert (scene.resources / "pykrita" / "belladonna.desktop").read_bytes() == b"new"
    assert {path.name for path in scene.plugin.parent.iterdir()} == {"belladonna", "belladonna.desktop"}


def test_a_failure_half_way_leaves_the_old_plugin(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.install()
    old = plugin_trees.content(scene.plugin)
    (scene.checkout / "krita_plugin" / "dock.py").write_bytes(b"new")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plugin, "_fill", full)
    with pytest.raises(OSError, match="No space"):
        scene.install()
    assert plugin_trees.content(scene.plugin) == old
    assert {path.name for path in scene.plugin.parent.iterdir()} == {"belladonna", "belladonna.desktop"}


@pytest.mark.parametrize("leftover", [".belladonna.new", ".belladonna.old"])
def test_what_a_killed_run_left_is_tidied_up(scene: Scene, leftover: str) -> None:
    plugin_trees.lay(scene.plugin.with_name(leftover), {"half.py": b""})
    scene.install()
    assert {path.name for path in scene.plugin.parent.iterdir()} == {"belladonna", "belladonna.desktop"}
    assert set(plugin_trees.content(scene.plugin)) == PLUGIN | {"location.json"}


def test_settings_keep_their_permissions_and_a_link_stays_one(scene: Scene, tmp_path: Path) -> None:
    real = plugin_trees.lay(tmp_path / "dotfiles", {"kritarc": b"[theme]\nTheme=Dark\n"}) / "kritarc"
    real.chmod(0o640)
    scene.config.parent.mkdir(exist_ok=True)
    scene.config.symlink_to(real)
    scene.install()
    assert scene.config.is_symlink()
    assert real.read_bytes() == b"[theme]\nTheme=Dark\n\n[python]\nenable_belladonna=true\n"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of somebody who has no Krita."""
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return tmp_path


def test_a_krita_is_found_by_its_program_or_its_folder(user: Path) -> None:
    assert krita.find(System()) == []
    (user / ".local/share/krita").mkdir(parents=True)
    (found,) = krita.find(System())
    assert (found.editor, found.folder) == ("Krita", user / ".local/share/krita/pykrita/belladonna")

    shutil.rmtree(user / ".local")
    program = plugin_trees.lay(user, {"programs/krita": b"#!/bin/sh\n"}) / "programs" / "krita"
    program.chmod(0o755)
    assert [each.folder for each in krita.find(System())] == [found.folder]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_only_a_krita_with_the_same_settings_counts_as_running(tmp_path: Path) -> None:
    program = tmp_path / "krita"
    shutil.copy(shutil.which("sleep") or "", program)
    environment = {**os.environ, "HOME": str(tmp_path / "artist")}
    environment.pop("XDG_CONFIG_HOME", None)
    config = tmp_path / "artist" / ".config" / "kritarc"
    assert not krita.running(config, System())
    with subprocess.Popen([program, "60"], env=environment) as process:
        try:
            while not krita.running(config, System()):  # it has no name yet when Popen returns
                assert process.poll() is None
            assert not krita.running(tmp_path / "another" / "kritarc", System())
        finally:
            process.kill()
    assert not krita.running(config, System())
