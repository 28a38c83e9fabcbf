"""Where a program keeps its user's files, which depends on how it was installed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from os.path import isdir  # unlike that of Path it raises nothing
from pathlib import Path
from typing import Literal

from ..system import System

Kind = Literal["", "AppImage", "Flatpak", "Snap", "App Store", "Microsoft Store"]
"""How the program came here. An installer, a package, a bundle and a portable archive are all ""."""

_APPIMAGES = ("", "Applications", "Apps", "AppImages", "Downloads", "Desktop", "bin", ".local/bin", "Programs")


@dataclass(frozen=True)
class Program:
    """What a program is called by each kind of package."""

    commands: tuple[str, ...]  # on PATH; in a bundle of macOS the first
    flatpak: str
    snap: str
    bundle: str
    container: str  # pattern, of the App Store's sandbox
    windows: tuple[str, ...]  # patterns of folders below "Program Files"
    store: str  # pattern, of the Microsoft Store's package


@dataclass(frozen=True)
class Place:
    """A pair of folders that a program looks into; neither needs to exist."""

    kind: Kind
    data: Path  # Linux: what XDG_DATA_HOME names; macOS: Application Support; Windows: Roaming
    config: Path  # Linux: what XDG_CONFIG_HOME names; macOS: Preferences; Windows: Local
    installed: bool  # the program itself was seen, not only folders that it may have left
    commands: tuple[str, ...] = ()  # that start it, where it can simply be started


def titled(name: str, kind: Kind) -> str:
    """``Krita (Flatpak)``."""
    return f"{name} ({kind})" if kind else name


def find(program: Program, system: System) -> list[Place]:
    """The places of a program: always the ordinary one first, then those of the sandboxes that it is in."""
    if system.platform == "win32":
        return list(_windows(program, system))
    if system.platform == "darwin":
        return list(_macos(program, system))
    return [_ordinary(program, system), *_flatpak(program, system), *_snap(program, system)]


def _ordinary(program: Program, system: System) -> Place:
    """Distributions and AppImages share these folders."""
    found = (system.which(name) for name in program.commands)
    commands = tuple(path for path in found if path is not None and "snap" not in Path(path).parts)
    kind: Kind = "AppImage" if not commands and _has_appimage(program, system) else ""
    data = system.folder("XDG_DATA_HOME", ".local/share")
    config = system.folder("XDG_CONFIG_HOME", ".config")
    return Place(kind, data, config, bool(commands or kind), commands)


def _has_appimage(program: Program, system: System) -> bool:
    folders = [*(system.home / name for name in _APPIMAGES), system.root / "opt"]
    names = (name.lower() for folder in folders for name in _names(folder))
    return any(name.startswith(program.commands[0]) and name.endswith(".appimage") for name in names)


def _flatpak(program: Program, system: System) -> Iterator[Place]:
    installed = any(isdir(folder / "app" / program.flatpak) for folder in flatpak_folders(system))
    used = system.home / ".var" / "app" / program.flatpak
    if installed or isdir(used):
        yield Place("Flatpak", used / "data", used / "config", installed)


def flatpak_folders(system: System) -> tuple[Path, Path]:
    """Where Flatpak keeps what everybody has, and what only this user has."""
    return system.root / "var/lib/flatpak", system.folder("XDG_DATA_HOME", ".local/share") / "flatpak"


def _snap(program: Program, system: System) -> Iterator[Place]:
    installed = any(isdir(system.root / folder / program.snap) for folder in ("snap", "var/lib/snapd/snap"))
    # A link to the folder of the installed revision. snapd copies that folder when a new revision comes.
    current = system.home / "snap" / program.snap / "current"
    if installed or isdir(current):
        yield Place("Snap", current / ".local/share", current / ".config", installed)


def _macos(program: Program, system: System) -> Iterator[Place]:
    library = system.home / "Library"
    folders = (system.root / "Applications", system.home / "Applications")
    bundles = [folder / program.bundle for folder in folders if isdir(folder / program.bundle)]
    commands = tuple(str(bundle / "Contents/MacOS" / program.commands[0]) for bundle in bundles)
    yield Place("", library / "Application Support", library / "Preferences", bool(bundles), commands)
    for container in sorted((library / "Containers").glob(program.container)):
        inside = container / "Data/Library"
        yield Place("App Store", inside / "Application Support", inside / "Preferences", installed=False)


def _windows(program: Program, system: System) -> Iterator[Place]:
    local = system.folder("LOCALAPPDATA", "AppData/Local")
    named = (system.environment.get(name) for name in ("ProgramFiles", "ProgramW6432"))
    folders = [*(Path(folder) for folder in named if folder), local / "Programs"]
    installed = any(isdir(path) for folder in folders for pattern in program.windows for path in folder.glob(pattern))
    yield Place("", system.folder("APPDATA", "AppData/Roaming"), local, installed)
    for package in sorted((local / "Packages").glob(program.store)):
        # What a packaged program writes to the ordinary folders ends here, and here it looks first.
        yield Place("Microsoft Store", package / "LocalCache/Roaming", package / "LocalCache/Local", installed=True)


def _names(folder: Path) -> list[str]:
    """What is in a folder, if there is one that may be read."""
    with contextlib.suppress(OSError):
        return os.listdir(folder)
    return []
