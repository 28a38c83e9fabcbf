"""The plug-in in Krita: where its folders are, and what goes into them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from os.path import exists, isdir, isfile  # unlike those of Path they raise nothing
from pathlib import Path

from shared.machine import location as locations
from shared.machine.atomic import copy_tree, replace_file, replace_folder

from . import kritarc, places, processes, sandboxes
from .installation import Installation
from .places import Place
from .system import System, folder

TITLE = "Krita"
NAME = "belladonna"  # of the Python package that Krita imports, and in the setting that turns it on
SOURCES = ("krita_plugin", "shared")  # in a checkout

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
    """The Kritas of this user that a plug-in can be put into."""
    system = system or System()
    found = [place for place in places.find(PROGRAM, system) if _can_be_prepared(place)]
    return [_installation(place, system) for place in found if place.installed or _has_run(place)]


def waiting(system: System | None = None) -> list[str]:
    """The Kritas that must be started once before a plug-in can be put into them."""
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
        folder=resources / "pykrita" / NAME,
        install=partial(install, resources, config),
        running=partial(running, config, system),
        kind=place.kind,
        files=(resources / "actions" / f"{NAME}.action", resources / "pykrita" / f"{NAME}.desktop"),
        settings=config,
        cautions=partial(sandboxes.cautions, editor, place.kind, PROGRAM.flatpak, system),
    )


def install(resources: Path, config: Path, checkout: Path, location: locations.Location, vendor: Path | None) -> None:
    """Put the plug-in into a Krita that doesn't run, and turn it on. What already is as it should be isn't written.

    ``resources`` is Krita's data folder and ``config`` its kritarc; neither needs to exist. ``vendor`` is the folder
    with pyzmq for this operating system, if there is one. An interruption leaves the old plug-in, the new one or none.
    Raises ``OSError``.
    """
    plugin = checkout / "krita_plugin"
    action, desktop = ((plugin / f"{NAME}.{ending}").read_bytes() for ending in ("action", "desktop"))

    def fill(draft: Path) -> None:
        copy_tree(plugin, draft, without=("*.desktop", "*.action"))
        # Inside the plug-in: all plug-ins share one interpreter, and another may have a module of the same name.
        copy_tree(checkout / "shared", draft / "shared")
        if vendor is not None:
            copy_tree(vendor, draft / "vendor")
        locations.write(location, draft)

    replace_folder(resources / "pykrita" / NAME, fill)
    replace_file(resources / "actions" / f"{NAME}.action", action)
    replace_file(resources / "pykrita" / f"{NAME}.desktop", desktop)
    settings = config.read_bytes() if config.exists() else b""
    replace_file(config, kritarc.enabled(settings, NAME))


def running(config: Path, system: System | None = None) -> bool:
    """Whether a Krita of this user runs that has these settings. It would write them anew when it quits."""
    system = system or System()

    def concerns(environment: Mapping[str, str]) -> bool:
        home = Path(environment.get("HOME") or system.home)
        theirs = folder(environment, "XDG_CONFIG_HOME", home / ".config") / "kritarc"
        return theirs.resolve() == config.resolve()

    return processes.runs("krita", system, concerns)
