"""GIMP 3: which ones this user has, and where their plug-ins go."""

from __future__ import annotations

import re
from functools import partial
from os.path import isdir  # unlike that of Path it raises nothing
from pathlib import Path

from ..system import System
from . import places, sandboxes
from .installation import NAME, Installation
from .places import Place

TITLE = "GIMP 3"

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
    """This user's GIMP 3 profiles. A GIMP that never ran but tells its version gets its first profile."""
    system = system or System()
    return [
        _installation(place, profile, system)
        for place in places.find(PROGRAM, system)
        for profile in _profiles(place, system)
    ]


def waiting(system: System | None = None) -> list[str]:
    """The GIMPs that must be started once before they can get a plug-in: they have no folder for it yet."""
    system = system or System()
    found = [place for place in places.find(PROGRAM, system) if place.installed and not _profiles(place, system)]
    # One that can be started has said that it is another GIMP.
    return [places.titled(TITLE, place.kind) for place in found if not place.commands]


def _installation(place: Place, profile: Path, system: System) -> Installation:
    name = f"GIMP {profile.name}" if _is_version(profile.name) else TITLE
    editor = places.titled(name, place.kind)
    return Installation(
        editor=editor,
        source="gimp_plugin",
        folder=profile / "plug-ins" / NAME,
        kind=place.kind,
        script=True,
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


def _version(program: str, system: System) -> str:
    """``3.2`` of a program that says it is GIMP 3.2.6; empty if it says nothing of the kind."""
    number = re.search(r"\b(\d+\.\d+)\.\d+", system.ask([program, "--version"]))
    return number[1] if number else ""
