"""What to tell the users of editors in sandboxes."""

from __future__ import annotations

import configparser
from os.path import isfile  # unlike that of Path it raises nothing
from pathlib import Path

from shared import wording

from ..system import System
from .places import Kind, flatpak_folders

SANDBOXES: tuple[Kind, ...] = ("Flatpak", "Snap", "App Store", "Microsoft Store")
"""The kinds that need a daemon that somebody else has started: they can't, or it would be inside the sandbox too."""


def cautions(editor: str, kind: Kind, flatpak: str, system: System, home: Path, at_login: bool) -> list[str]:
    """What keeps, or may keep, an editor from a daemon in ``home``, one line each.

    ``at_login``: the daemon is started at login.
    """
    if kind not in SANDBOXES:
        return []
    found = [] if at_login else ["setup.sandbox_no_start"]
    if kind == "Flatpak" and flatpak_sees(flatpak, home, system) is False:
        found.append("setup.sandbox_flatpak")
    elif kind == "Snap" and (not home.is_relative_to(system.home) or _hidden(home.relative_to(system.home))):
        found.append("setup.sandbox_snap")
    elif kind == "App Store":
        found.append("setup.sandbox_app_store")
    elif kind == "Microsoft Store" and "GIMP" in editor:
        found.append("setup.sandbox_microsoft_store")
    shown = system.home / "Belladonna"
    return [wording.text(key, editor=editor, home=home, app=flatpak, visible=shown) for key in found]


def flatpak_sees(app: str, folder: Path, system: System) -> bool | None:
    """Whether a Flatpak may read a folder, as its permissions and the user's changes to them say; None: not known."""
    places = flatpak_folders(system)
    metadata = [place / "app" / app / "current/active/metadata" for place in places]
    if not any(map(isfile, metadata)):
        return None
    granted: dict[str, bool] = {}
    for path in (*metadata, *(place / "overrides" / name for place in places for name in ("global", app))):
        for entry in _filesystems(path):
            name = entry.lstrip("!").partition(":")[0]
            granted[name] = not entry.startswith("!")
    names = [name for name, allowed in granted.items() if allowed]
    return any(folder.is_relative_to(place) for name in names for place in _reached(name, system))


def _filesystems(path: Path) -> list[str]:
    """The entries of a Flatpak's ``filesystems=`` key, such as ``host`` or ``!~/Pictures:ro``."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return []
    return [entry for entry in parser.get("Context", "filesystems", fallback="").split(";") if entry]


def _reached(name: str, system: System) -> list[Path]:
    """The folders that an entry opens, as far as a home of Belladonna may lie there."""
    if name in ("host", "home"):
        return [system.home]
    known = {"~": system.home, "xdg-data": system.folder("XDG_DATA_HOME", ".local/share")}
    first, _, rest = name.partition("/")
    if first in known:
        return [known[first] / rest]
    return [Path(name)] if name.startswith("/") else []


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
