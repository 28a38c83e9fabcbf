"""The ``belladonna`` command: in the home's bin/, and from there in a folder that is on the user's PATH.

There it is a link. On Windows not everybody may make links, so it is a script of one line, in the folder that Windows
has on every user's PATH.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from shared import wording
from shared.machine.atomic import replace_file
from shared.problem import Problem

from .system import System


def write_launcher(launcher: Path, home: Path, python: Path) -> None:
    """Write the command in bin/, tied to this home. Raises ``OSError``.

    ``-I``: neither the user's PYTHON* settings nor the current folder count.
    """
    if os.name == "nt":  # relative to the file, so that no path needs to survive the console's code page
        text = '@echo off\r\nset "BELLADONNA_HOME=%~dp0.."\r\n"%~dp0..\\venv\\Scripts\\python.exe" -I -m daemon %*\r\n'
    else:
        text = (
            "#!/bin/sh\n# Written by Belladonna's install.py, which replaces it when it is run again.\n"
            f"BELLADONNA_HOME={shlex.quote(str(home))}\nexport BELLADONNA_HOME\n"
            f'exec {shlex.quote(str(python))} -I -m daemon "$@"\n'
        )
    replace_file(launcher, os.fsencode(text), 0o755)


def place(system: System) -> Path | None:
    """Where the command on the PATH goes; None on a Windows without that folder."""
    if system.platform != "win32":
        return system.home / ".local" / "bin" / "belladonna"
    folder = system.folder("LOCALAPPDATA", "AppData/Local") / "Microsoft" / "WindowsApps"
    return folder / "belladonna.cmd" if folder.is_dir() else None


def install(system: System, launcher: Path) -> None:
    """Put it there if it isn't. Raises ``OSError``, and Problem if something else has that name."""
    command = place(system)
    if command is None or present(system, launcher):
        return
    if os.path.lexists(command):
        raise Problem("setup.foreign_command", path=command, launcher=launcher)
    if system.platform == "win32":
        script = _script(system, launcher)
        if not script.isascii():
            raise Problem("setup.unwritable_command", folder=command.parent, launcher=launcher, bin=launcher.parent)
        replace_file(command, script)
    else:
        command.parent.mkdir(parents=True, exist_ok=True)
        command.symlink_to(launcher)


def present(system: System, launcher: Path) -> bool:
    """Whether the command is there and is this home's. Raises ``OSError``."""
    command = place(system)
    if command is None:
        return False
    if system.platform == "win32":
        return command.is_file() and command.read_bytes() == _script(system, launcher)
    return command.is_symlink() and Path(os.readlink(command)) == launcher


def remove(system: System, launcher: Path) -> Path | None:
    """Remove this home's command; anything else of that name stays. Returns what was removed. Raises ``OSError``."""
    command = place(system)
    if command is None or not present(system, launcher):
        return None
    command.unlink()
    return command


def advice(system: System, launcher: Path) -> str:
    """What to do so that typing ``belladonna`` starts this one; empty if it does. Changes nothing."""
    command = place(system)
    folder = launcher.parent if command is None else command.parent
    named = system.environment.get("PATH", "").split(os.pathsep)
    if os.path.normcase(folder) not in map(os.path.normcase, map(os.path.normpath, filter(None, named))):
        return wording.text("setup.not_on_path", folder=folder)
    found = system.which("belladonna")
    if found is not None and Path(found) not in (command, launcher):
        return wording.text("setup.another_on_path", path=found, launcher=launcher)
    return ""


def _script(system: System, launcher: Path) -> bytes:
    """A line that runs the launcher.

    Windows consoles read it in a code page that may lack letters of the user's name, so the path starts with a variable
    where it can.
    """
    path, local = str(launcher), str(system.folder("LOCALAPPDATA", "AppData/Local"))
    inside = path.startswith(local)
    rest = path[len(local) :] if inside else path
    return f'@"{"%LOCALAPPDATA%" if inside else ""}{rest.replace("%", "%%")}" %*\r\n'.encode()
