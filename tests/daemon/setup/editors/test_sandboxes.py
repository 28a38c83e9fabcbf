"""What is said about editors in sandboxes, and that nothing is said about others."""

from __future__ import annotations

from pathlib import Path

import computers
import plugin_trees
import pytest

from daemon.setup.editors import gimp, krita
from daemon.setup.editors.sandboxes import SANDBOXES, flatpak_sees
from daemon.setup.system import System

APP = "org.kde.krita"
METADATA = f"var/lib/flatpak/app/{APP}/current/active/metadata"


@pytest.mark.parametrize("name", computers.KRITA)
def test_only_an_editor_in_a_sandbox_needs_a_daemon_at_login(name: str, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, *computers.KRITA[name])
    (found,) = krita.find(system)
    cautions = found.cautions(system.home / "Belladonna", False)
    assert found.sandboxed == (found.kind in SANDBOXES) == bool(cautions)
    assert found.cautions(system.home / "Belladonna", True) == cautions[1:], "nothing is said of a login that is there"
    assert all(caution.startswith(found.editor) and "\n" not in caution for caution in cautions)


def grants(folder: Path, filesystems: str, **overrides: str) -> System:
    """A computer with a Flatpak of these permissions; ``overrides``: "everybody" or "user" → what was changed there."""
    system = computers.computer(folder, "linux")
    files = {
        METADATA: f"[Application]\nname={APP}\n\n[Context]\nshared=network;\nfilesystems={filesystems};\n".encode()
    }
    files |= {
        f"var/lib/flatpak/overrides/{APP}": f"[Context]\nfilesystems={overrides['everybody']};\n".encode()
        for _ in range("everybody" in overrides)
    }
    plugin_trees.lay(system.root, files)
    if "user" in overrides:
        changed = f"[Context]\nfilesystems={overrides['user']};\n[Environment]\nA=100%\n"
        plugin_trees.lay(system.home / ".local/share/flatpak/overrides", {APP: changed.encode()})
    return system


@pytest.mark.parametrize(
    ("filesystems", "overrides", "sees"),
    [
        ("host;xdg-config/kdeglobals:ro", {}, True),
        ("home:ro", {}, True),
        ("xdg-pictures;/srv;nonsense", {}, False),
        ("host", {"user": "!host"}, False),
        ("host", {"everybody": "!host", "user": "home"}, True),
        ("xdg-pictures", {"user": "~/.local/share/belladonna:ro"}, True),
        ("xdg-pictures", {"user": "xdg-data/belladonna"}, True),
        ("xdg-pictures", {"user": "~/.local/share/bella"}, False),
    ],
)
def test_whether_a_flatpak_may_read_the_home(
    filesystems: str, overrides: dict[str, str], sees: bool, tmp_path: Path
) -> None:
    system = grants(tmp_path, filesystems, **overrides)
    home = system.home / ".local/share/belladonna"
    assert flatpak_sees(APP, home, system) is sees
    (found,) = krita.find(system)
    command = f'flatpak override --user --filesystem="{home}:ro" {APP}'
    assert [command in caution for caution in found.cautions(home, True)] == ([] if sees else [True])


def test_host_is_not_everything(tmp_path: Path) -> None:
    assert flatpak_sees(APP, Path("/tmp/belladonna"), grants(tmp_path, "host")) is False


@pytest.mark.parametrize("metadata", [None, b"\xff not a key file", b"no heading"])
def test_permissions_that_cant_be_read(metadata: bytes | None, tmp_path: Path) -> None:
    system = computers.computer(tmp_path, "linux", [f"/var/lib/flatpak/app/{APP}/"])
    if metadata is not None:
        plugin_trees.lay(system.root, {METADATA: metadata})
    assert not flatpak_sees(APP, system.home, system)


def test_a_snap_sees_no_hidden_folder(tmp_path: Path) -> None:
    system = computers.computer(tmp_path, *computers.GIMP["Snap"])
    (found,) = gimp.find(system)
    assert found.cautions(system.home / "Belladonna", True) == []
    for home in (system.home / ".local/share/belladonna", tmp_path / "elsewhere"):
        assert str(system.home / "Belladonna") in found.cautions(home, False)[1]
