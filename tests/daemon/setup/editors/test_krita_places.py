"""Which Kritas are found on computers of every platform, and where their plug-ins and settings go."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

import computers
import plugin_trees
import psutil
import pytest
from plugin_trees import LOCATION

from daemon.setup.editors import krita, plugin
from daemon.setup.manifest import Manifest
from shared.problem import Problem

STORE = "AppData/Local/Packages/49800Krita_abc/LocalCache"
CONTAINER = "Library/Containers/org.krita/Data/Library"
MAC = ("Krita", "Library/Application Support/krita", "Library/Preferences/kritarc")
WINDOWS = ("Krita", "AppData/Roaming/krita", "AppData/Local/kritarc")
FLATPAK = ("Krita (Flatpak)", ".var/app/org.kde.krita/data/krita", ".var/app/org.kde.krita/config/kritarc")
EXPECTED = {
    "a distribution": ("Krita", ".local/share/krita", ".config/kritarc"),
    "a distribution, never run": ("Krita", ".local/share/krita", ".config/kritarc"),
    "an AppImage, never run": ("Krita (AppImage)", ".local/share/krita", ".config/kritarc"),
    "Flatpak": FLATPAK,
    "Flatpak for one user, never run": FLATPAK,
    "Snap": ("Krita (Snap)", "snap/krita/current/.local/share/krita", "snap/krita/current/.config/kritarc"),
    "macOS": MAC,
    "macOS, never run": MAC,
    "App Store": ("Krita (App Store)", f"{CONTAINER}/Application Support/krita", f"{CONTAINER}/Preferences/kritarc"),
    "Windows": WINDOWS,
    "Windows, never run": WINDOWS,
    "Windows, portable": WINDOWS,
    "Microsoft Store": ("Krita (Microsoft Store)", f"{STORE}/Roaming/krita", f"{STORE}/Local/kritarc"),
}


@pytest.mark.parametrize("name", computers.KRITA)
def test_each_krita_is_found_and_installed_into_its_own_folders(name: str, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, *computers.KRITA[name])
    (found,) = krita.find(system)
    editor, resources, settings = EXPECTED[name]
    assert (found.editor, found.folder) == (editor, system.home / resources / "pykrita" / "belladonna")
    assert found.settings == system.home / settings
    assert krita.waiting(system) == []

    before = plugin_trees.content(system.home)
    wanted = plugin.content(found, plugin_trees.checkout(tmp_path / "checkout"), LOCATION, None)
    plugin.put(found, wanted, Manifest(tmp_path / "belladonna"))
    new = {system.home / path for path in plugin_trees.content(system.home).keys() - before.keys()}
    assert {path for path in new if found.folder not in path.parents} == {*found.elsewhere.values(), found.settings}
    assert (system.home / settings).read_bytes() == b"[python]\nenable_belladonna=true\n"


@pytest.mark.parametrize(
    ("platform", "tree"),
    [
        ("linux", ["~/Downloads/GIMP-3.0.4.AppImage", "~/Downloads/krita-5.2.9.tar.xz", "~/.var/app/org.gimp.GIMP/"]),
        ("darwin", ["/Applications/GIMP.app/", "~/Library/Containers/org.krita.thumbnailer/Data/Library/Caches/"]),
        ("win32", ["/Program Files/GIMP 3/", "~/AppData/Local/Packages/GIMP.GIMP_x/"]),
    ],
)
def test_no_krita_is_none(platform: str, tree: list[str], tmp_path: Path) -> None:
    system = computers.computer(tmp_path, platform, tree)
    assert (krita.find(system), krita.waiting(system)) == ([], [])


def test_all_kritas_of_one_computer_are_found(tmp_path: Path) -> None:
    names = ("a distribution", "Flatpak", "Snap")
    tree = [path for name in names for path in computers.KRITA[name][1]]
    found = krita.find(computers.computer(tmp_path, "linux", tree))
    assert [each.editor for each in found] == ["Krita", "Krita (Flatpak)", "Krita (Snap)"]
    assert len({each.key for each in found}) == 3


def test_the_command_of_a_snap_is_no_other_krita(tmp_path: Path) -> None:
    system = computers.computer(tmp_path, "linux", ["/snap/krita/"], ["snap/bin/krita"])
    assert krita.find(system) == []
    assert krita.waiting(system) == ["Krita (Snap)"], "its folders are made when it first runs"


def test_folders_that_the_environment_names(tmp_path: Path) -> None:
    environment = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": "relative, so it doesn't count"}
    system = computers.computer(tmp_path, "linux", programs=["krita"], environment=environment)
    (found,) = krita.find(system)
    assert found.folder == tmp_path / "data/krita/pykrita/belladonna"
    assert found.settings == system.home / ".config/kritarc"

    environment = {"APPDATA": str(tmp_path / "roaming"), "LOCALAPPDATA": str(tmp_path / "local")}
    system = computers.computer(tmp_path, "win32", ["/Program Files/Krita (x64)/"], environment=environment)
    (found,) = krita.find(system)
    assert found.folder == tmp_path / "roaming/krita/pykrita/belladonna"
    assert found.settings == tmp_path / "local/kritarc"


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_for_resources_that_the_user_chose(there: bool, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, "linux", ["~/.config/", "~/.local/share/krita/"])
    chosen = tmp_path / "on another disk" / "krita"
    if there:
        chosen.mkdir(parents=True)
    (system.home / ".config/kritarc").write_text(f"Zoom=1\nResourceDirectory={chosen}\n[python]\n")
    (found,) = krita.find(system)
    assert found.folder == chosen / "pykrita/belladonna"


@pytest.mark.parametrize("line", ["ResourceDirectory={}/krita\n", "[theme]\nResourceDirectory={}\n", "Resource={}\n"])
def test_a_folder_for_resources_that_krita_passes_over(line: str, tmp_path: Path) -> None:
    (tmp_path / "no folder").write_bytes(b"")
    system = computers.computer(tmp_path, "linux", ["~/.config/"])
    (system.home / ".config/kritarc").write_text(line.format(tmp_path / "no folder"))
    (found,) = krita.find(system)
    assert found.folder == system.home / ".local/share/krita/pykrita/belladonna"


class Process:
    """One that psutil has found."""

    def __init__(self, name: str, environment: dict[str, str] | None, username: str = getpass.getuser()) -> None:
        self.info = {"name": name, "username": username}
        self._environment = environment

    def status(self) -> str:
        return psutil.STATUS_RUNNING

    def environ(self) -> dict[str, str]:
        if self._environment is None:
            raise psutil.AccessDenied
        return self._environment


def processes(monkeypatch: pytest.MonkeyPatch, *found: Process) -> None:
    monkeypatch.setattr(psutil, "process_iter", lambda _: iter(found))


@pytest.mark.parametrize(
    ("platform", "process", "runs"),
    [
        ("darwin", Process("krita", {}), True),
        ("darwin", Process("kritarunner", {}), False),
        ("darwin", Process("krita", {}, "somebody else"), False),
        ("win32", Process("krita.exe", {}, f"COMPUTER\\{getpass.getuser()}"), True),
        ("win32", Process("gimp.exe", {}), False),
        ("linux", Process("krita", None), True),
    ],
)
def test_a_running_krita(
    platform: str, process: Process, runs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes(monkeypatch, process)
    assert krita.running(tmp_path / "kritarc", computers.computer(tmp_path, platform)) is runs


def test_without_psutil_it_isnt_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    (found,) = krita.find(computers.computer(tmp_path, *computers.KRITA["a distribution"]))
    assert found.running() is None
    with pytest.raises(Problem) as caught:
        found.check_running("setup.close_to_install", while_running=False)
    assert caught.value.key == "setup.may_be_running"
    assert not found.check_running("setup.close_to_install", while_running=True)


def test_a_running_flatpak_doesnt_hold_up_the_other_krita(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = [path for name in ("a distribution", "Flatpak") for path in computers.KRITA[name][1]]
    system = computers.computer(tmp_path, "linux", tree)
    native, flatpak = krita.find(system)
    sandbox = system.home / ".var/app/org.kde.krita/config"
    environment = {"HOME": str(system.home), "XDG_CONFIG_HOME": str(sandbox)}
    processes(monkeypatch, Process("bash", {"HOME": str(system.home)}), Process("krita", environment))
    assert not native.check_running("setup.close_to_install", while_running=False)
    with pytest.raises(Problem) as caught:
        flatpak.check_running("setup.close_to_install", while_running=False)
    assert (caught.value.key, caught.value.values["editor"]) == ("setup.close_to_install", "Krita (Flatpak)")
    processes(monkeypatch, Process("krita", environment))
    assert flatpak.check_running("setup.close_to_install", while_running=True)


@pytest.mark.skipif(os.name == "nt", reason="snapd's link is made by POSIX's means")
def test_a_running_snap_is_known_by_its_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = computers.computer(tmp_path, "linux", ["~/snap/krita/99/.local/share/krita/"])
    (system.home / "snap/krita/current").symlink_to("99")
    (found,) = krita.find(system)
    processes(monkeypatch)
    assert not found.running()
    processes(monkeypatch, Process("krita", {"HOME": str(system.home / "snap/krita/99")}))
    assert found.running()
