"""What the user has changed in a plug-in outlives that plug-in being put there anew."""

from __future__ import annotations

from pathlib import Path

import computers
import plugin_trees
import pytest
from plugin_trees import LOCATION, SHARED

from daemon.setup import krita
from daemon.setup.manifest import Manifest
from daemon.setup.theirs import FOLDER, Theirs


class Scene:
    """A Krita with the plug-in, and a home whose manifest knows of it."""

    def __init__(self, folder: Path) -> None:
        system = computers.computer(folder, *computers.KRITA["a distribution"])
        (self.krita,) = krita.find(system)
        self.home, self.plugin = folder / "home", self.krita.folder
        self.checkout = plugin_trees.checkout(folder / "checkout")
        Manifest(self.home).make_home()
        self.install()

    def install(self, *, interrupted: bool = False) -> tuple[list[str], Path | None]:
        """Returns what was replaced, and where the user's are."""
        manifest = Manifest(self.home)
        theirs = Theirs(manifest, self.krita)
        manifest.begin(self.krita)
        self.krita.install(self.checkout, LOCATION, None)
        if interrupted:
            return [], theirs.place
        manifest.finish(self.krita)
        return theirs.give_back(manifest), theirs.place


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_nothing_is_kept_of_what_nobody_has_changed(scene: Scene) -> None:
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    plugin_trees.lay(scene.plugin / "__pycache__", {"dock.cpython-313.pyc": b"by Krita"})
    assert scene.install() == ([], None)
    assert not (scene.home / FOLDER).exists()


def test_changes_stay_where_there_is_nothing_newer(scene: Scene) -> None:
    plugin_trees.lay(scene.plugin, {"dock.py": b"mine", "notes/idea.txt": b"mine, too"})
    scene.krita.files[0].write_bytes(b"my shortcut")
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    before = plugin_trees.content(scene.plugin.parents[1])
    assert scene.install()[0] == []
    name = f"pykrita/{scene.plugin.name}/shared/wire.py"
    assert plugin_trees.content(scene.plugin.parents[1]) == {**before, name: b"newer"}
    assert not (scene.home / FOLDER).exists()
    manifest = Manifest(scene.home)
    assert manifest.changed(scene.plugin / "dock.py"), "they count as the user's, also the next time"
    assert not manifest.changed(scene.plugin / "shared/wire.py")


def test_what_is_replaced_is_kept(scene: Scene) -> None:
    plugin_trees.lay(scene.plugin, {"shared/wire.py": b"mine", "dock.py": b"mine, too"})
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    (scene.checkout / "krita_plugin" / "dock.py").unlink()
    replaced, place = scene.install()
    assert sorted(replaced) == ["dock.py", "wire.py"]
    assert place is not None
    assert plugin_trees.content(place) == {"shared/wire.py": b"mine", "dock.py": b"mine, too"}
    assert (scene.plugin / "shared/wire.py").read_bytes() == b"newer"
    assert not (scene.plugin / "dock.py").exists()

    plugin_trees.lay(scene.plugin, {"shared/wire.py": b"mine again"})
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newest"})
    _, other = scene.install()
    assert other not in (None, place)
    assert plugin_trees.content(place)["shared/wire.py"] == b"mine"


def test_a_change_that_the_upgrade_brings_too_is_none(scene: Scene) -> None:
    for folder in (scene.plugin, scene.checkout):
        plugin_trees.lay(folder, {"shared/wire.py": b"mended"})
    assert scene.install()[0] == []
    assert not (scene.home / FOLDER).exists()
    assert not Manifest(scene.home).changed(scene.plugin / "shared/wire.py")


def test_after_an_interruption_the_halves_are_nobody_s(scene: Scene) -> None:
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    scene.install(interrupted=True)
    plugin_trees.lay(scene.checkout, SHARED)
    assert scene.install() == ([], None)
    assert (scene.plugin / "shared/wire.py").read_bytes() == SHARED["shared/wire.py"]
    assert not (scene.home / FOLDER).exists()
