"""A plug-in put into an editor and taken out again: the tree as it was, and what the user changed is never lost."""

from __future__ import annotations

import os
from pathlib import Path

import computers
import plugin_trees
import pytest
from plugin_trees import LOCATION, SHARED

from daemon.setup.editors import gimp, krita, kritarc, plugin
from daemon.setup.editors.installation import Installation
from daemon.setup.manifest import Manifest

CASES = {f"Krita, {name}": (krita.find, shape) for name, shape in computers.KRITA.items()}
CASES |= {f"GIMP, {name}": (gimp.find, shape) for name, shape in computers.GIMP.items()}


def everything(folder: Path) -> tuple[list[str], dict[str, bytes]]:
    """Names of all files and folders, and what is in the files."""
    return sorted(str(path) for path in folder.rglob("*")), plugin_trees.content(folder)


class Scene:
    """An editor, a checkout and a home. Every manifest is read from its file again, as by another run."""

    def __init__(self, folder: Path, editor: Installation) -> None:
        self.editor, self.home, self.plugin = editor, folder / "belladonna", editor.folder
        self.checkout = plugin_trees.checkout(folder / "checkout")
        Manifest(self.home).make_home()

    def wanted(self) -> dict[Path, bytes]:
        return plugin.content(self.editor, self.checkout, LOCATION, None)

    def in_place(self) -> bool:
        return plugin.in_place(self.editor, self.wanted(), Manifest(self.home))

    def put(self) -> Path | None:
        kept = plugin.put(self.editor, self.wanted(), Manifest(self.home))
        assert self.in_place()
        return kept

    def take(self) -> list[Path]:
        return plugin.take(self.editor.key, Manifest(self.home))


@pytest.mark.parametrize("case", CASES)
def test_the_tree_is_as_it_was(case: str, tmp_path: Path) -> None:
    find, shape = CASES[case]
    system = computers.computer(tmp_path, *shape)
    before = everything(system.home)
    (found,) = find(system)
    scene = Scene(tmp_path, found)
    assert not scene.in_place()
    scene.put()
    plugin_trees.lay(found.folder / "shared" / "__pycache__", {"wire.cpython-313.pyc": b"compiled by the editor"})
    plugin_trees.lay(found.folder.with_name(".belladonna.new"), {"half.py": b"left by a killed run"})
    for path in (*found.elsewhere.values(), *([found.settings] if found.settings else [])):
        path.with_name(f".{path.name}.0123abcd.new").write_bytes(b"half, left by a killed run")
    assert scene.take() == []
    assert everything(system.home) == before


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    (found,) = krita.find(computers.computer(tmp_path, *computers.KRITA["a distribution"]))
    return Scene(tmp_path, found)


def kritarc_of(scene: Scene) -> Path:
    assert scene.editor.settings is not None
    return scene.editor.settings


def test_nothing_is_kept_of_what_nobody_has_changed(scene: Scene) -> None:
    scene.put()
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    plugin_trees.lay(scene.plugin / "__pycache__", {"dock.cpython-313.pyc": b"by Krita"})
    assert not scene.in_place()
    assert scene.put() is None
    assert not (scene.home / plugin.KEPT).exists()


def test_changes_stay_where_there_is_nothing_newer(scene: Scene) -> None:
    scene.put()
    plugin_trees.lay(scene.plugin, {"dock.py": b"mine", "notes/idea.txt": b"mine, too"})
    scene.editor.elsewhere["belladonna.action"].write_bytes(b"my shortcut")
    assert scene.in_place()
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    resources = scene.plugin.parents[1]
    before = plugin_trees.content(resources)
    assert scene.put() is None
    assert plugin_trees.content(resources) == {**before, "pykrita/belladonna/shared/wire.py": b"newer"}
    manifest = Manifest(scene.home)
    assert manifest.changed(scene.plugin / "dock.py"), "they count as the user's, also the next time"
    assert not manifest.changed(scene.plugin / "shared/wire.py")


def test_what_is_replaced_is_kept(scene: Scene) -> None:
    scene.put()
    plugin_trees.lay(scene.plugin, {"shared/wire.py": b"mine", "dock.py": b"mine, too"})
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    (scene.checkout / "krita_plugin" / "dock.py").unlink()
    place = scene.put()
    assert place is not None
    assert plugin_trees.content(place) == {"shared/wire.py": b"mine", "dock.py": b"mine, too"}
    assert (scene.plugin / "shared/wire.py").read_bytes() == b"newer"
    assert not (scene.plugin / "dock.py").exists()

    plugin_trees.lay(scene.plugin, {"shared/wire.py": b"mine again"})
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newest"})
    assert scene.put() not in (None, place)
    assert plugin_trees.content(place)["shared/wire.py"] == b"mine"


def test_a_change_that_the_upgrade_brings_too_is_none(scene: Scene) -> None:
    scene.put()
    for folder in (scene.plugin, scene.checkout):
        plugin_trees.lay(folder, {"shared/wire.py": b"repaired"})
    assert scene.put() is None
    assert not Manifest(scene.home).changed(scene.plugin / "shared/wire.py")


@pytest.mark.parametrize("moment", ["_fill", "replace_file", "_turn_on"])
def test_an_interruption_leaves_nothing_that_counts_as_the_users(
    scene: Scene, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = everything(scene.plugin.parents[3])
    scene.put()
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer", "krita_plugin/belladonna.action": b"newer"})
    kritarc_of(scene).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(plugin, moment, interrupt)
        with pytest.raises(KeyboardInterrupt):
            scene.put()
    plugin_trees.lay(scene.checkout, SHARED)
    assert scene.put() is None
    assert (scene.plugin / "shared/wire.py").read_bytes() == SHARED["shared/wire.py"]
    assert scene.take() == []
    assert everything(scene.plugin.parents[3]) == before


def test_files_that_are_gone_come_back(scene: Scene) -> None:
    scene.put()
    for path in (scene.plugin / "dock.py", scene.editor.elsewhere["belladonna.desktop"]):
        path.unlink()
        assert not scene.in_place()
        scene.put()
        assert path.is_file()


def test_what_the_user_changed_is_left_and_named(scene: Scene) -> None:
    scene.put()
    action = scene.editor.elsewhere["belladonna.action"]
    plugin_trees.lay(scene.plugin, {"dock.py": b"mine", "notes/idea.txt": b"mine, too"})
    action.write_bytes(b"my own shortcut")
    kept = [scene.plugin / "dock.py", scene.plugin / "notes/idea.txt", action]
    assert scene.take() == sorted(kept)
    home = scene.plugin.parents[4]
    assert {path for path in home.rglob("*") if path.is_file()} == set(kept)
    assert not kritarc_of(scene).parent.exists()


def test_a_file_beside_the_folder_goes_with_the_version_that_had_it(scene: Scene) -> None:
    scene.put()
    (scene.checkout / "krita_plugin" / "belladonna.action").unlink()
    scene.put()
    assert not scene.editor.elsewhere["belladonna.action"].exists()


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_of_the_users_stays_one(scene: Scene) -> None:
    scene.put()
    (scene.plugin / "link").symlink_to("nowhere")
    plugin_trees.lay(scene.checkout, {"shared/wire.py": b"newer"})
    scene.put()
    assert os.readlink(scene.plugin / "link") == "nowhere"


def test_a_file_of_an_older_version_that_is_back_counts_as_somebodys(scene: Scene) -> None:
    scene.put()
    (scene.checkout / "krita_plugin" / "dock.py").unlink()
    scene.put()
    back = scene.plugin / "dock.py"
    back.write_bytes(plugin_trees.KRITA["krita_plugin/dock.py"])
    assert scene.take() == [back]


def test_an_editor_that_looks_elsewhere_now_is_taken_back_first(scene: Scene, tmp_path: Path) -> None:
    scene.put()
    old, config = scene.plugin, kritarc_of(scene)
    (tmp_path / "other").mkdir()
    config.write_bytes(f"ResourceDirectory={tmp_path / 'other'}\n".encode() + config.read_bytes())
    (scene.editor,) = krita.find(computers.computer(tmp_path, "linux"))
    scene.put()
    assert not old.exists()
    assert (tmp_path / "other/pykrita/belladonna/dock.py").is_file()
    assert scene.take() == []
    assert plugin_trees.content(tmp_path / "other") == {}


SETTINGS = [
    None,
    b"",
    b"[theme]\nTheme=Dark",
    b"[a]\r\nb=\xff\r\n",
    b"[python]\r\nenable_belladonna=false\r\n",
    b"[python]\nenable_belladonna=true\n",
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_are_as_they_were_to_the_byte(settings: bytes | None, scene: Scene) -> None:
    config = kritarc_of(scene)
    if settings is not None:
        plugin_trees.lay(config.parent, {"kritarc": settings})
    scene.put()
    assert kritarc.is_enabled(config.read_bytes(), "belladonna")
    scene.put()
    scene.take()
    assert (config.read_bytes() if config.exists() else None) == settings


def test_settings_that_krita_wrote_since_keep_its_changes(scene: Scene) -> None:
    scene.put()
    kritarc_of(scene).write_bytes(b"Zoom=2\n\n[python]\nenable_belladonna=true\n\n[theme]\nTheme=Dark\n")
    scene.put()
    scene.take()
    assert kritarc_of(scene).read_bytes() == b"Zoom=2\n\n[theme]\nTheme=Dark\n"


def test_settings_that_krita_wrote_without_the_line_get_it_again(scene: Scene) -> None:
    plugin_trees.lay(kritarc_of(scene).parent, {"kritarc": b"[a]\nb=1\n"})
    scene.put()
    kritarc_of(scene).write_bytes(b"[a]\nb=2\n")
    assert not scene.in_place()
    scene.put()
    scene.take()
    assert kritarc_of(scene).read_bytes() == b"[a]\nb=2\n"


def test_settings_that_are_gone_are_not_made_again(scene: Scene) -> None:
    plugin_trees.lay(kritarc_of(scene).parent, {"kritarc": b"[theme]\nTheme=Dark\n"})
    scene.put()
    kritarc_of(scene).unlink()
    scene.take()
    assert not kritarc_of(scene).exists()


def test_folders_that_others_use_meanwhile_stay(scene: Scene) -> None:
    scene.put()
    theirs = scene.plugin.with_name("comics") / "__init__.py"
    plugin_trees.lay(theirs.parent, {theirs.name: b""})
    assert scene.take() == []
    assert [path for path in scene.plugin.parents[4].rglob("*") if path.is_file()] == [theirs]
