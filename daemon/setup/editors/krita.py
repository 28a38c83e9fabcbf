"""Krita: which ones this user has, and where their plug-ins and settings are."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from functools import partial
from os.path import exists, isdir, isfile  # unlike those of Path they raise nothing
from pathlib import Path

from ..system import System, folder
from . import kritarc, places, sandboxes
from .installation import NAME, Installation
from .places import Place

TITLE = "Krita"

PROGRAM = places.Program(
    commands=("krita",),
    flatpak="org.kde.krita",
    snap="krita",
    bundle="krita.app",
    container="org.*krita*",
    windows=("Krita*",),
    store="49800Krita_*",
)


def find(system: System | None = None) -> list[Installation]:
    """This user's Kritas that can get a plug-in."""
    system = system or System()
    found = [place for place in places.find(PROGRAM, system) if _can_be_prepared(place)]
    return [_installation(place, system) for place in found if place.installed or _has_run(place)]


def waiting(system: System | None = None) -> list[str]:
    """The Kritas that must be started once before they can get a plug-in."""
    found = places.find(PROGRAM, system or System())
    return [places.titled(TITLE, place.kind) for place in found if place.installed and not _can_be_prepared(place)]


def _can_be_prepared(place: Place) -> bool:
    """A Snap's folder is a link, which snapd makes at the first start and can't make if something is there."""
    return place.kind != "Snap" or isdir(place.config.parent)


def _has_run(place: Place) -> bool:
    return isdir(_resources(place)) or isfile(_config(place))


def _config(place: Place) -> Path:
    return place.config / "kritarc"


def _resources(place: Place) -> Path:
    """Krita's data folder. The user may have chosen another in its settings; then it doesn't look here any more."""
    config = _config(place)
    try:
        chosen = kritarc.first_group(config.read_bytes(), "ResourceDirectory")
    except OSError:
        chosen = ""  # it has no settings, or we will say so when they can't be changed
    if os.path.isabs(chosen) and _can_be_made(Path(chosen)):
        return Path(chosen)
    names = [place.data / name for name in ("krita", "Krita")]  # the second on a Mac that tells them apart
    return next((path for path in names if isdir(path)), names[0])


def _can_be_made(path: Path) -> bool:
    """Whether a folder is there and can be written to, or could be. Krita passes over others, say on a disk at home."""
    there = next(parent for parent in (path, *path.parents) if exists(parent))
    return isdir(there) and os.access(there, os.W_OK)


def _installation(place: Place, system: System) -> Installation:
    editor, config, resources = places.titled(TITLE, place.kind), _config(place), _resources(place)
    return Installation(
        editor=editor,
        source="krita_plugin",
        folder=resources / "pykrita" / NAME,
        running=partial(running, config, system),
        kind=place.kind,
        elsewhere={
            f"{NAME}.action": resources / "actions" / f"{NAME}.action",
            f"{NAME}.desktop": resources / "pykrita" / f"{NAME}.desktop",
        },
        settings=config,
        cautions=partial(sandboxes.cautions, editor, place.kind, PROGRAM.flatpak, system),
    )


def running(config: Path, system: System) -> bool | None:
    """Whether a Krita with these settings is running, which would overwrite them when it quits.

    None if that can't be found out: psutil is in the private environment, and install.py may run without. Away from
    Linux, where every Krita has the same settings, any counts, and so does one that hides its environment.
    """
    try:
        import psutil
    except ImportError:
        return None
    user = getpass.getuser()
    for process in psutil.process_iter(["name", "username"]):
        owner = (process.info["username"] or user).rpartition("\\")[2]  # Windows: COMPUTER\user
        if (process.info["name"] or "").lower() not in ("krita", "krita.exe") or owner != user:
            continue
        try:
            if process.status() != psutil.STATUS_ZOMBIE and _has_settings(process.environ(), config, system):
                return True
        except psutil.NoSuchProcess:
            continue  # it has just ended
        except psutil.AccessDenied:
            return True
    return False


def _has_settings(environment: Mapping[str, str], config: Path, system: System) -> bool:
    home = Path(environment.get("HOME") or system.home)
    theirs = folder(environment, "XDG_CONFIG_HOME", home / ".config") / "kritarc"
    return system.platform != "linux" or theirs.resolve() == config.resolve()
