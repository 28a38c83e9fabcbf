"""The manifest: what it remembers from one run to the next, also of one that ended too soon."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import plugin_trees
import pytest
from plugin_trees import LOCATION

from daemon.setup import krita
from daemon.setup.errors import InstallError
from daemon.setup.installation import Installation
from daemon.setup.manifest import Manifest, digest


def editor(resources: Path, config: Path) -> Installation:
    return Installation(
        editor="Krita",
        folder=resources / "pykrita" / "belladonna",
        install=partial(krita.install, resources, config),
        files=(resources / "actions" / "belladonna.action", resources / "pykrita" / "belladonna.desktop"),
        settings=config,
    )


class Scene:
    def __init__(self, folder: Path) -> None:
        self.home, self.user = folder / "data" / "home", folder / "user"
        self.user.mkdir()
        self.checkout = plugin_trees.checkout(folder / "checkout")
        self.krita = editor(self.user / "krita", self.user / "kritarc")

    def manifest(self) -> Manifest:
        return Manifest(self.home)

    def install(self, installation: Installation) -> None:
        manifest = self.manifest()
        manifest.make_home()
        manifest.begin(installation)
        installation.install(self.checkout, LOCATION, None)
        manifest.finish(installation)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_later_run_takes_back_what_this_one_wrote(scene: Scene) -> None:
    scene.install(scene.krita)
    scene.install(scene.krita)
    assert scene.manifest().remove_editor(scene.krita.key) == []
    assert os.listdir(scene.user) == []
    assert scene.manifest().editors == {}


def test_a_file_of_an_older_version_that_is_back_counts_as_somebodys(scene: Scene) -> None:
    scene.install(scene.krita)
    (scene.checkout / "krita_plugin" / "dock.py").unlink()
    scene.install(scene.krita)
    back = scene.krita.folder / "dock.py"
    back.write_bytes(plugin_trees.KRITA["krita_plugin/dock.py"])
    assert scene.manifest().remove_editor(scene.krita.key) == [back]


def test_what_is_gone_is_named(scene: Scene) -> None:
    scene.install(scene.krita)
    manifest = scene.manifest()
    assert manifest.missing(scene.krita.key) == []
    gone = [scene.krita.folder / "dock.py", scene.krita.folder / "shared" / "wire.py", scene.krita.files[0]]
    for path in gone:
        path.unlink()
    (scene.krita.folder / "manual.html").write_text("changed, but there")
    assert manifest.missing(scene.krita.key) == sorted(gone)


def test_an_interrupted_run_is_taken_back_whole(scene: Scene) -> None:
    manifest = scene.manifest()
    manifest.make_home()
    manifest.begin(scene.krita)
    scene.krita.install(scene.checkout, LOCATION, None)
    later = scene.manifest()
    assert later.changed(scene.krita.folder / "dock.py"), "nobody has noted what was written"
    assert later.remove_editor(scene.krita.key) == []
    assert os.listdir(scene.user) == []


def test_an_editor_that_looks_elsewhere_now_is_taken_back_first(scene: Scene) -> None:
    scene.install(scene.krita)
    scene.install(editor(scene.user / "other", scene.user / "kritarc"))
    assert sorted(os.listdir(scene.user)) == ["kritarc", "other"]
    assert scene.manifest().remove_editor(scene.krita.key) == []
    assert os.listdir(scene.user) == []


def test_folders_go_if_they_were_made_and_are_empty(scene: Scene) -> None:
    manifest = scene.manifest()
    manifest.make_home()
    entry = scene.user / "config" / "autostart" / "entry"
    manifest.foresee(entry)
    entry.parent.mkdir(parents=True)
    entry.write_text("ours")
    manifest.made([entry, "HKCU\\value"])
    assert not scene.manifest().changed(entry)
    entry.write_text("theirs")
    assert scene.manifest().changed(entry)
    entry.unlink()
    (scene.user / "config" / "else").write_text("")
    manifest.path.unlink()
    manifest.remove_folders()
    assert plugin_trees.content(scene.user) == {"config/else": b""}
    assert not (scene.user / "config" / "autostart").exists()
    assert not scene.home.parent.exists()


def test_a_link_is_told_by_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "other").symlink_to("elsewhere")
    assert digest(tmp_path / "link") != digest(tmp_path / "other") != ""
    assert digest(tmp_path / "missing") == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', json.dumps({"format": 1, "editors": {"a": {}}})])
def test_a_damaged_manifest_is_refused(scene: Scene, text: str) -> None:
    scene.manifest().make_home()
    scene.manifest().path.write_text(text)
    with pytest.raises(InstallError, match="is damaged"):
        scene.manifest()
