"""The ``belladonna`` command in the home's bin/."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from shared.machine.atomic import replace_file


def write(launcher: Path, home: Path, python: Path) -> None:
    """Tie the command to this home. ``-I``: neither the user's PYTHON* settings nor the current folder count."""
    if os.name == "nt":  # relative to the file, so that no path needs to survive the console's code page
        text = '@echo off\r\nset "BELLADONNA_HOME=%~dp0.."\r\n"%~dp0..\\venv\\Scripts\\python.exe" -I -m daemon %*\r\n'
    else:
        text = (
            "#!/bin/sh\n# Written by Belladonna's install.py; the next run writes it anew.\n"
            f"BELLADONNA_HOME={shlex.quote(str(home))}\nexport BELLADONNA_HOME\n"
            f'exec {shlex.quote(str(python))} -I -m daemon "$@"\n'
        )
    replace_file(launcher, os.fsencode(text), 0o755)
