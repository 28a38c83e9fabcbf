"""The ``belladonna`` command in a folder that is on the user's PATH: a link to the one in the home.

Windows has links only for those who may make them, so a script of one line lies there, in the folder where Windows
keeps such things for its user, which is on everybody's PATH.
"""

from __future__ import annotations

import os
from pathlib import Path

from shared.machine.atomic import replace_file

from .errors import InstallError
from .system import System


def place(system: System) -> Path | None:
    """Where the command goes; None on a Windows without that folder."""
    if system.platform != "win32":
        return system.home / ".local" / "bin" / "belladonna"
    folder = system.folder("LOCALAPPDATA", "AppData/Local") / "Microsoft" / "WindowsApps"
    return folder / "belladonna.cmd" if folder.is_dir() else None


def install(system: System, launcher: Path) -> list[Path]:
    """Put the command there. What is right already isn't written. Returns what there is of ours then.

    Raises InstallError if something else has that name, and ``OSError``.
    """
    command = place(system)
    if command is None or present(system, launcher):
        return [] if command is None else [command]
    if os.path.lexists(command):
        raise InstallError(
            f"{command} is not this Belladonna's, so it was left as it is.",
            f"Remove that and run this again, or use {launcher}.",
        )
    if system.platform == "win32":
        script = _script(system, launcher)
        if not script.isascii():
            raise InstallError(
                f"The command can't be put into {command.parent}: its console may not know every letter of {launcher}.",
                f"Add {launcher.parent} to your PATH instead.",
            )
        replace_file(command, script)
    else:
        command.parent.mkdir(parents=True, exist_ok=True)
        command.symlink_to(launcher)
    return [command]


def present(system: System, launcher: Path) -> bool:
    """Whether the command is there and is this home's. Raises ``OSError``."""
    command = place(system)
    if command is None:
        return False
    if system.platform == "win32":
        return command.is_file() and command.read_bytes() == _script(system, launcher)
    return command.is_symlink() and Path(os.readlink(command)) == launcher


def remove(system: System, launcher: Path) -> list[Path]:
    """Take this home's command away; anything else of that name stays. Returns what was taken. Raises ``OSError``."""
    command = place(system)
    if command is None or not present(system, launcher):
        return []
    command.unlink()
    return [command]


def advice(system: System, launcher: Path) -> str:
    """What to do so that typing ``belladonna`` starts this one; empty if it does. Changes nothing."""
    command = place(system)
    folder = launcher.parent if command is None else command.parent
    named = system.environment.get("PATH", "").split(os.pathsep)
    if os.path.normcase(folder) not in map(os.path.normcase, map(os.path.normpath, filter(None, named))):
        return f"To start it by typing belladonna, add {folder} to your PATH."
    found = system.which("belladonna")
    if found is not None and Path(found) not in (command, launcher):
        return f"Typing belladonna starts {found}, which comes first in your PATH; this one is {launcher}."
    return ""


def _script(system: System, launcher: Path) -> bytes:
    """A line that runs the launcher.

    The consoles of Windows read it in a code page of their own, and many a user's name isn't in that: so the path is
    given from the folder that a variable names, where it lies in there.
    """
    path, local = str(launcher), str(system.folder("LOCALAPPDATA", "AppData/Local"))
    inside = path.startswith(local)
    rest = path[len(local) :] if inside else path
    return f'@"{"%LOCALAPPDATA%" if inside else ""}{rest.replace("%", "%%")}" %*\r\n'.encode()
