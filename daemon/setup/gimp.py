"""The plug-in in GIMP 3: where its folders are, and what goes into them."""

from __future__ import annotations

import re
from functools import partial
from os.path import isdir  # unlike that of Path it raises nothing
from pathlib import Path

from shared.machine import location as locations
from shared.machine.atomic import copy_tree, replace_folder

from . import places, sandboxes
from .installation import Installation
from .places import Place
from .system import System

TITLE = "GIMP 3"
NAME = "belladonna"  # GIMP runs the file in a folder that is called like the folder
SOURCES = ("gimp_plugin", "shared")  # in a checkout

PROGRAM = places.Program(
    commands=("gimp", "gimp-3", "gimp-3.0"),  # the last where GIMP 2 is "gimp"
    flatpak="org.gimp.GIMP",
    snap="gimp",
    bundle="GIMP.app",
    container="org.gimp*",
    windows=("GIMP 3*",),
    store="GIMP.GIMP_*",
)


def find(system: System | None = None) -> list[Installation]:
    """The profiles of GIMP 3 that this user has. One that never ran and says its version gets its first profile."""
    system = system or System()
    return [
        _installation(place, profile, system)
        for place in places.find(PROGRAM, system)
        for profile in _profiles(place, system)
    ]


def waiting(system: System | None = None) -> list[str]:
    """The GIMPs that must be started once before a plug-in can be put into them: they have no folder for it yet."""
    system = system or System()
    found = [place for place in places.find(PROGRAM, system) if place.installed and not _profiles(place, system)]
    # One that can be started has said that it is another GIMP.
    return [places.titled(TITLE, place.kind) for place in found if not place.commands]


def _installation(place: Place, profile: Path, system: System) -> Installation:
    name = f"GIMP {profile.name}" if _is_version(profile.name) else TITLE
    editor = places.titled(name, place.kind)
    return Installation(
        editor=editor,
        folder=profile / "plug-ins" / NAME,
        install=partial(install, profile / "plug-ins"),
        kind=place.kind,
        cautions=partial(sandboxes.cautions, editor, place.kind, PROGRAM.flatpak, system),
    )


def _profiles(place: Place, system: System) -> list[Path]:
    """The folders that GIMP 3 keeps its settings in, one for each minor version; the first may not exist yet."""
    chosen = system.environment.get("GIMP3_DIRECTORY")
    if chosen and place.kind in ("", "AppImage"):
        return [system.home / chosen]  # an absolute path stays what it is
    parent = (place.config if system.platform == "linux" else place.data) / "GIMP"
    found = [path for path in parent.glob("3.*") if _is_version(path.name) and isdir(path)]
    if found:
        return sorted(found, key=lambda path: int(path.name[2:]))
    versions = (_version(command, system) for command in place.commands)
    return next(([parent / version] for version in versions if _is_version(version)), [])


def _is_version(name: str) -> bool:
    return re.fullmatch(r"3\.\d+", name) is not None


def install(plug_ins: Path, checkout: Path, location: locations.Location, vendor: Path | None) -> None:
    """Put the plug-in into a profile's folder of plug-ins, which needn't exist. GIMP sees it when it next starts.

    ``vendor`` is the folder with pyzmq for this operating system, if there is one. Nothing is written if nothing has
    changed; an interruption leaves the old plug-in, the new one or none. Raises ``OSError``.
    """

    def fill(draft: Path) -> None:
        copy_tree(checkout / "gimp_plugin", draft)
        copy_tree(checkout / "shared", draft / "shared")
        if vendor is not None:
            copy_tree(vendor, draft / "vendor")
        locations.write(location, draft)
        (draft / f"{NAME}.py").chmod(0o755)

    replace_folder(plug_ins / NAME, fill)


def _version(program: str, system: System) -> str:
    """``3.2`` of a program that says it is GIMP 3.2.6; empty if it says nothing of the kind."""
    number = re.search(r"\b(\d+\.\d+)\.\d+", system.ask([program, "--version"]))
    return number[1] if number else ""
