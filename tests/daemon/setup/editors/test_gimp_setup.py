"""The plug-in in GIMP's profiles: which there are, what lies there, and that GIMP can run it."""

from __future__ import annotations

import os
from pathlib import Path

import plugin_trees
import pytest
from plugin_trees import LOCATION

from daemon.setup.editors import gimp, plugin
from daemon.setup.manifest import Manifest
from daemon.setup.system import System
from shared.machine import location

PLUGIN = {"belladonna.py", "dialog.py", "shared/__init__.py", "shared/wire.py", "location.json"}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of somebody who has no GIMP."""
    for variable in ("XDG_CONFIG_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(variable, raising=False)
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return home


def program(user: Path, name: str, says: str) -> None:
    path = plugin_trees.lay(user.parent / "programs", {name: f"#!/bin/sh\necho '{says}'\n".encode()}) / name
    path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="the run bit is POSIX's")
def test_everything_lies_where_gimp_looks(user: Path, tmp_path: Path) -> None:
    checkout = plugin_trees.checkout(tmp_path / "checkout")
    vendor = plugin_trees.lay(tmp_path / "pyzmq", plugin_trees.PYZMQ)
    (user / ".config/GIMP/3.0").mkdir(parents=True)
    (found,) = gimp.find(System())
    assert found.running() is False
    manifest = Manifest(tmp_path / "belladonna")
    plugin.put(found, plugin.content(found, checkout, LOCATION, vendor), manifest)
    there = found.folder
    assert set(plugin_trees.content(there)) == PLUGIN | {f"vendor/{name}" for name in plugin_trees.PYZMQ}
    assert [path.name for path in there.rglob("*") if path.is_file() and os.access(path, os.X_OK)] == ["belladonna.py"]
    assert location.read(there) == LOCATION

    without = plugin.content(found, checkout, LOCATION, None)
    assert not plugin.in_place(found, without, manifest)
    plugin.put(found, without, manifest)
    assert plugin.in_place(found, without, manifest)
    assert set(plugin_trees.content(there)) == PLUGIN
    assert os.listdir(there.parent) == ["belladonna"]
    (there / "belladonna.py").chmod(0o644)
    assert not plugin.in_place(found, without, manifest), "GIMP passes over what it may not run"
    plugin.put(found, without, manifest)
    assert os.access(there / "belladonna.py", os.X_OK)


def profiles() -> list[Path]:
    return [each.folder.parents[1] for each in gimp.find(System())]


def test_every_profile_of_gimp_3_is_found(user: Path) -> None:
    assert gimp.find(System()) == []
    for name in ("2.10", "3.0", "3.2", "3.old"):
        (user / ".config/GIMP" / name).mkdir(parents=True)
    (user / ".config/GIMP/3.4").write_text("a file")
    found = gimp.find(System())
    assert [each.editor for each in found] == ["GIMP 3.0", "GIMP 3.2"]
    assert found[1].folder == user / ".config/GIMP/3.2/plug-ins/belladonna"


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
@pytest.mark.parametrize(
    ("name", "says", "versions"),
    [
        ("gimp", "GNU Image Manipulation Program version 3.0.4", ["3.0"]),
        ("gimp", "GNU Bildbearbeitungsprogramm Version 3.2.6", ["3.2"]),
        ("gimp", "GNU Image Manipulation Program version 2.10.34", []),
        ("gimp-3.0", "GNU Image Manipulation Program version 3.0.4", ["3.0"]),
        ("gimp", "cannot open display", []),
    ],
)
def test_a_gimp_that_never_ran_gets_its_first_profile(user: Path, name: str, says: str, versions: list[str]) -> None:
    program(user, name, says)
    assert profiles() == [user / ".config/GIMP" / each for each in versions]


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_gimp_2_beside_gimp_3_is_passed_over(user: Path) -> None:
    program(user, "gimp", "GNU Image Manipulation Program version 2.10.34")
    program(user, "gimp-3.0", "GNU Image Manipulation Program version 3.0.4")
    assert profiles() == [user / ".config/GIMP/3.0"]


def test_a_program_that_cant_be_run_is_no_gimp(user: Path) -> None:
    program(user, "gimp", "")
    (user.parent / "programs" / "gimp").write_bytes(b"\x00 not a program")
    assert gimp.find(System()) == []


def test_folders_that_the_user_chose(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(user / "settings"))
    (user / "settings/GIMP/3.0").mkdir(parents=True)
    assert profiles() == [user / "settings/GIMP/3.0"]
    for chosen in ("art/gimp", str(user / "art" / "gimp")):
        monkeypatch.setenv("GIMP3_DIRECTORY", chosen)
        (found,) = gimp.find(System())
        assert (found.editor, found.folder) == ("GIMP 3", user / "art/gimp/plug-ins/belladonna")
