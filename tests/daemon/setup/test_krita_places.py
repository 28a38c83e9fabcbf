"""Which Kritas are found on computers of every platform, and where their plug-ins and settings go."""

from __future__ import annotations

import os
from pathlib import Path

import computers
import plugin_trees
import pytest
from plugin_trees import LOCATION

from daemon.setup import krita
from daemon.setup.errors import InstallError

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
    found.install(plugin_trees.checkout(tmp_path / "checkout"), LOCATION, None)
    new = {system.home / path for path in plugin_trees.content(system.home).keys() - before.keys()}
    assert {path for path in new if found.folder not in path.parents} == {*found.files, found.settings}
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


@pytest.mark.parametrize(
    ("platform", "says", "runs"),
    [
        ("darwin", {"pgrep": "612\n"}, True),
        ("darwin", {"pgrep": ""}, False),
        ("win32", {"tasklist": '"krita.exe","612","Console","1","300,000 K"\n'}, True),
        ("win32", {"tasklist": "INFO: No tasks are running which match the specified criteria.\n"}, False),
    ],
)
def test_a_running_krita_elsewhere(platform: str, says: dict[str, str], runs: bool, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, platform, says=says)
    assert krita.running(tmp_path / "kritarc", system) is runs


def process(system_root: Path, number: int, name: str, **environment: str) -> None:
    fields = b"".join(f"{key}={value}\0".encode() for key, value in environment.items())
    plugin_trees.lay(system_root / "proc" / str(number), {"comm": f"{name}\n".encode(), "environ": fields})


@pytest.mark.skipif(os.name == "nt", reason="the owner of a process is POSIX's")
def test_a_running_flatpak_doesnt_hold_up_the_other_krita(tmp_path: Path) -> None:
    tree = [path for name in ("a distribution", "Flatpak") for path in computers.KRITA[name][1]]
    system = computers.computer(tmp_path, "linux", tree)
    native, flatpak = krita.find(system)
    sandbox = system.home / ".var/app/org.kde.krita/config"
    process(system.root, 7, "bash", HOME=str(system.home))
    process(system.root, 8, "krita", HOME=str(system.home), XDG_CONFIG_HOME=str(sandbox))
    assert (native.running(), flatpak.running()) == (False, True)
    assert native.check_running() is None
    with pytest.raises(InstallError, match=r"^Krita \(Flatpak\) is running, so the plug-in was not put into it\.$"):
        flatpak.check_running()
    caution = flatpak.check_running(while_running=True)
    assert caution is not None
    assert "when it quits" in caution


@pytest.mark.skipif(os.name == "nt", reason="snapd's link is made by POSIX's means")
def test_a_running_snap_is_known_by_its_revision(tmp_path: Path) -> None:
    system = computers.computer(tmp_path, "linux", ["~/snap/krita/99/.local/share/krita/"])
    (system.home / "snap/krita/current").symlink_to("99")
    (found,) = krita.find(system)
    assert not found.running()
    process(system.root, 8, "krita", HOME=str(system.home / "snap/krita/99"))
    assert found.running()
