"""Which GIMPs are found on computers of every platform, and where their plug-ins go."""

from __future__ import annotations

from pathlib import Path

import computers
import plugin_trees
import pytest
from plugin_trees import LOCATION

from daemon.setup.editors import gimp, plugin
from daemon.setup.manifest import Manifest

STORE = "AppData/Local/Packages/GIMP.GIMP_x/LocalCache/Roaming/GIMP/3.0"
EXPECTED = {
    "a distribution": ("GIMP 3.0", ".config/GIMP/3.0"),
    "Flatpak": ("GIMP 3.0 (Flatpak)", ".var/app/org.gimp.GIMP/config/GIMP/3.0"),
    "Snap": ("GIMP 3.0 (Snap)", "snap/gimp/current/.config/GIMP/3.0"),
    "macOS": ("GIMP 3.0", "Library/Application Support/GIMP/3.0"),
    "Windows": ("GIMP 3.0", "AppData/Roaming/GIMP/3.0"),
    "Microsoft Store": ("GIMP 3.0 (Microsoft Store)", STORE),
}


@pytest.mark.parametrize("name", computers.GIMP)
def test_each_gimp_is_found_and_installed_into_its_own_folder(name: str, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, *computers.GIMP[name])
    (found,) = gimp.find(system)
    editor, profile = EXPECTED[name]
    assert (found.editor, found.folder) == (editor, system.home / profile / "plug-ins" / "belladonna")
    before = plugin_trees.content(system.home)
    wanted = plugin.content(found, plugin_trees.checkout(tmp_path / "checkout"), LOCATION, None)
    plugin.put(found, wanted, Manifest(tmp_path / "belladonna"))
    new = {system.home / path for path in plugin_trees.content(system.home).keys() - before.keys()}
    assert new
    assert all(found.folder in path.parents for path in new)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_no_gimp_is_none(platform: str, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, platform)
    assert (gimp.find(system), gimp.waiting(system)) == ([], [])


def test_profiles_come_in_the_order_of_their_versions(tmp_path: Path) -> None:
    tree = [f"~/Library/Application Support/GIMP/{name}/" for name in ("3.10", "3.2", "2.10", "3.0")]
    found = gimp.find(computers.computer(tmp_path, "darwin", tree))
    assert [each.editor for each in found] == ["GIMP 3.0", "GIMP 3.2", "GIMP 3.10"]


@pytest.mark.parametrize(
    ("platform", "tree", "editor"),
    [
        ("linux", ["/var/lib/flatpak/app/org.gimp.GIMP/"], "GIMP 3 (Flatpak)"),
        ("linux", ["~/GIMP-3.0.4-x86_64.AppImage"], "GIMP 3 (AppImage)"),
        ("linux", ["/snap/gimp/"], "GIMP 3 (Snap)"),
        ("win32", ["/Program Files/GIMP 3/"], "GIMP 3"),
        ("win32", ["~/AppData/Local/Packages/GIMP.GIMP_x/"], "GIMP 3 (Microsoft Store)"),
    ],
)
def test_a_gimp_that_must_first_run_is_named(platform: str, tree: list[str], editor: str, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, platform, tree)
    assert (gimp.find(system), gimp.waiting(system)) == ([], [editor])


@pytest.mark.parametrize(("version", "profiles"), [("3.2.6", ["3.2"]), ("2.10.38", [])])
def test_a_bundle_says_its_version(version: str, profiles: list[str], tmp_path: Path) -> None:
    says = {"gimp": f"GNU Image Manipulation Program version {version}"}
    system = computers.computer(tmp_path, "darwin", ["/Applications/GIMP.app/"], says=says)
    parent = system.home / "Library/Application Support/GIMP"
    assert [each.folder for each in gimp.find(system)] == [parent / name / "plug-ins/belladonna" for name in profiles]
    assert gimp.waiting(system) == []


def test_a_folder_that_the_user_chose_is_not_the_flatpaks(tmp_path: Path) -> None:
    tree = computers.GIMP["Flatpak"][1]
    system = computers.computer(tmp_path, "linux", tree, environment={"GIMP3_DIRECTORY": "art/gimp"})
    folders = [each.folder.relative_to(system.home).as_posix() for each in gimp.find(system)]
    assert folders[0] == "art/gimp/plug-ins/belladonna"
    assert folders[1].startswith(".var/app/")
