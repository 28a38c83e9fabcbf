"""Computers of every platform, made of the folders that an editor and its packaging leave there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from daemon.setup.system import System

KRITA = {
    "a distribution": ("linux", ["~/.local/share/krita/"], ["krita"]),
    "a distribution, never run": ("linux", [], ["krita"]),
    "an AppImage, never run": ("linux", ["~/Downloads/Krita-5.2.9-x86_64.AppImage"], []),
    "Flatpak": ("linux", ["/var/lib/flatpak/app/org.kde.krita/", "~/.var/app/org.kde.krita/data/krita/"], []),
    "Flatpak for one user, never run": ("linux", ["~/.local/share/flatpak/app/org.kde.krita/"], []),
    "Snap": ("linux", ["/snap/krita/", "~/snap/krita/current/.local/share/krita/"], ["snap/bin/krita"]),
    "macOS": ("darwin", ["/Applications/krita.app/", "~/Library/Application Support/krita/"], []),
    "macOS, never run": ("darwin", ["~/Applications/krita.app/"], []),
    "App Store": ("darwin", ["~/Library/Containers/org.krita/Data/Library/Application Support/krita/"], []),
    "Windows": ("win32", ["/Program Files/Krita (x64)/", "~/AppData/Roaming/krita/"], []),
    "Windows, never run": ("win32", ["/Program Files/Krita (x64)/"], []),
    "Windows, portable": ("win32", ["~/AppData/Roaming/krita/"], []),
    "Microsoft Store": ("win32", ["~/AppData/Local/Packages/49800Krita_abc/"], []),
}
"""Name → platform, what lies there (a folder if it ends with a slash), the programs on PATH."""

GIMP = {
    "a distribution": ("linux", ["~/.config/GIMP/3.0/"], []),
    "Flatpak": ("linux", ["/var/lib/flatpak/app/org.gimp.GIMP/", "~/.var/app/org.gimp.GIMP/config/GIMP/3.0/"], []),
    "Snap": ("linux", ["/snap/gimp/", "~/snap/gimp/current/.config/GIMP/3.0/"], ["snap/bin/gimp"]),
    "macOS": ("darwin", ["/Applications/GIMP.app/", "~/Library/Application Support/GIMP/3.0/"], []),
    "Windows": ("win32", ["/Program Files/GIMP 3/", "~/AppData/Roaming/GIMP/3.0/"], []),
    "Microsoft Store": ("win32", ["~/AppData/Local/Packages/GIMP.GIMP_x/LocalCache/Roaming/GIMP/3.0/"], []),
}
"""As above."""


def computer(
    folder: Path,
    platform: str,
    tree: Iterable[str] = (),
    programs: Sequence[str] = (),
    *,
    says: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> System:
    """A computer below ``folder``: ``~`` in the tree is its user's home. ``says``: name of a program → its output."""
    root, home = folder / "root", folder / "home of a user"
    home.mkdir(parents=True, exist_ok=True)
    for name in tree:
        path = home / name[2:] if name.startswith("~") else root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(exist_ok=True) if name.endswith("/") else path.write_bytes(b"")
    variables = {"ProgramFiles": str(root / "Program Files")} if platform == "win32" else {}
    paths = {Path(program).name: str(root / program) for program in programs}
    outputs = says or {}
    return System(
        platform=platform,
        environment={**variables, **(environment or {})},
        home=home,
        root=root,
        which=paths.get,
        run=lambda command: subprocess.CompletedProcess(command, 0, outputs.get(Path(command[0]).name, ""), ""),
    )
