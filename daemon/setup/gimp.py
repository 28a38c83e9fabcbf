"""The plug-in in GIMP 3: where its folders are, and what goes into them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

from shared import location as locations
from shared.process import clean_environment

from .atomic import copy_tree, replace_folder
from .installation import Installation, xdg_folder

TITLE = "GIMP 3"
NAME = "belladonna"  # GIMP runs the file in a folder that is called like the folder
SOURCES = ("gimp_plugin", "shared")  # in a checkout

_PROGRAMS = ("gimp", "gimp-3", "gimp-3.0")  # the last where GIMP 2 is "gimp"
_SECONDS = 60  # for a program to say its version


def find() -> list[Installation]:
    """The profiles of GIMP 3 that this user has. A GIMP 3 that never ran gets its first one."""
    return [
        Installation(
            editor=f"GIMP {profile.name}" if re.fullmatch(r"3\.\d+", profile.name) else TITLE,
            folder=profile / "plug-ins" / NAME,
            install=partial(install, profile / "plug-ins"),
        )
        for profile in profiles()
    ]


def profiles() -> list[Path]:
    """The folders that GIMP 3 keeps its settings in, one for each minor version; the first may not exist yet."""
    chosen = os.environ.get("GIMP3_DIRECTORY")
    if chosen:
        return [Path.home() / chosen]  # an absolute path stays what it is
    parent = xdg_folder("XDG_CONFIG_HOME", ".config") / "GIMP"
    found = [path for path in parent.glob("3.*") if re.fullmatch(r"3\.\d+", path.name) and path.is_dir()]
    if found:
        return sorted(found)
    versions = (_version(program) for program in map(shutil.which, _PROGRAMS) if program is not None)
    return next(([parent / version] for version in versions if version.startswith("3.")), [])


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


def _version(program: str) -> str:
    """``3.2`` of a program that says it is GIMP 3.2.6; empty if it says nothing of the kind."""
    try:
        said = subprocess.run(
            [program, "--version"], env=clean_environment(), capture_output=True, text=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    number = re.search(r"\b(\d+\.\d+)\.\d+", said.stdout)
    return number[1] if number else ""
