"""A plug-in taken out again: the tree as it was, changed files kept, and everything that may have happened since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import computers
import plugin_trees
import pytest
from plugin_trees import LOCATION

from daemon.setup import gimp, krita, kritarc
from daemon.setup.installation import Installation
from daemon.setup.placed import Placed

CASES = {f"Krita, {name}": (krita.find, shape) for name, shape in computers.KRITA.items()}
CASES |= {f"GIMP, {name}": (gimp.find, shape) for name, shape in computers.GIMP.items()}


def everything(folder: Path) -> tuple[list[str], dict[str, bytes]]:
    """Names of all files and folders, and what is in the files."""
    return sorted(str(path) for path in folder.rglob("*")), plugin_trees.content(folder)


def put(installation: Installation, folder: Path) -> tuple[Placed, Callable[[Path], bool]]:
    """Install, and note what a manifest would: also by way of JSON."""
    placed = Placed.from_json(json.loads(json.dumps(Placed.note(installation).to_json())))
    assert placed == Placed.note(installation)
    installation.install(plugin_trees.checkout(folder / "checkout"), LOCATION, None)
    hashes = {path: hashlib.sha256(path.read_bytes()).digest() for path in placed.present()}
    return placed, lambda path: hashes.get(path) == hashlib.sha256(path.read_bytes()).digest()


@pytest.mark.parametrize("case", CASES)
def test_the_tree_is_as_it_was(case: str, tmp_path: Path) -> None:
    find, shape = CASES[case]
    system = computers.computer(tmp_path, *shape)
    before = everything(system.home)
    (found,) = find(system)
    placed, unchanged = put(found, tmp_path)
    plugin_trees.lay(found.folder / "shared" / "__pycache__", {"wire.cpython-313.pyc": b"compiled by the editor"})
    plugin_trees.lay(found.folder.with_name(".belladonna.new"), {"half.py": b"left by a killed run"})
    for path in (*found.files, *([found.settings] if found.settings else [])):
        path.with_name(f".{path.name}.0123abcd.new").write_bytes(b"half, left by a killed run")
    assert placed.remove(unchanged) == []
    assert everything(system.home) == before
    assert placed.remove(unchanged) == [], "a second time there is nothing to do"


class Scene:
    def __init__(self, folder: Path, settings: bytes | None) -> None:
        self.system = computers.computer(folder, *computers.KRITA["a distribution"])
        self.config = self.system.home / ".config" / "kritarc"
        if settings is not None:
            plugin_trees.lay(self.config.parent, {"kritarc": settings})
        (self.found,) = krita.find(self.system)
        self.placed, self.unchanged = put(self.found, folder)


def test_what_the_user_changed_is_kept_and_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path, None)
    action = scene.found.files[0]
    plugin_trees.lay(scene.found.folder, {"dock.py": b"mine", "notes/idea.txt": b"mine, too"})
    action.write_bytes(b"my own shortcut")
    kept = [scene.found.folder / "dock.py", scene.found.folder / "notes/idea.txt", action]
    assert scene.placed.remove(scene.unchanged) == sorted(kept)
    assert {path for path in scene.system.home.rglob("*") if path.is_file()} == set(kept)
    assert not scene.config.parent.exists()


@pytest.mark.parametrize(
    "settings",
    [b"", b"[theme]\nTheme=Dark", b"[python]\r\nenable_belladonna=false\r\n", b"[python]\nenable_belladonna=true\n"],
)
def test_settings_are_as_they_were(settings: bytes, tmp_path: Path) -> None:
    scene = Scene(tmp_path, settings)
    assert kritarc.is_enabled(scene.config.read_bytes(), "belladonna")
    scene.placed.remove(scene.unchanged)
    assert scene.config.read_bytes() == settings


def test_settings_that_krita_wrote_since_keep_its_changes(tmp_path: Path) -> None:
    scene = Scene(tmp_path, None)
    scene.config.write_bytes(b"Zoom=2\n\n[python]\nenable_belladonna=true\n\n[theme]\nTheme=Dark\n")
    scene.placed.remove(scene.unchanged)
    assert scene.config.read_bytes() == b"Zoom=2\n\n[theme]\nTheme=Dark\n"


def test_settings_that_are_gone_are_not_made_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, b"[theme]\nTheme=Dark\n")
    scene.config.unlink()
    scene.placed.remove(scene.unchanged)
    assert not scene.config.exists()


def test_folders_that_others_use_meanwhile_stay(tmp_path: Path) -> None:
    scene = Scene(tmp_path, None)
    theirs = scene.found.folder.with_name("comics") / "__init__.py"
    plugin_trees.lay(theirs.parent, {theirs.name: b""})
    assert scene.placed.remove(scene.unchanged) == []
    assert [path for path in scene.system.home.rglob("*") if path.is_file()] == [theirs]
