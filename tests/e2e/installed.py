"""Belladonna as its user has it: put there by ``install.py``, and taken away by it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from shared import VERSION
from shared.machine import location, paths
from shared.machine.location import Location
from shared.machine.process import clean_environment
from tests.e2e.debian_tree import host_program
from tests.e2e.krita_folders import PATH

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900  # torch may have to be downloaded


class Installed:
    """The checkout, installed in ``home``; without one, where it goes by itself.

    Both methods return what ``install.py`` printed, and raise ``AssertionError`` with that if it fails. ``user`` is the
    home folder of whom it is run by: that is where it looks for editors.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = home

    def install(self, user: Path, editors: str) -> str:
        """Install it, or into these editors too. The daemon is started by whoever needs it, not at login."""
        return self._run(user, "--no-login", "--editors", editors)

    def uninstall(self, user: Path) -> str:
        """Take it away, also out of the editors of other users."""
        return self._run(user, "--uninstall")

    def _run(self, user: Path, *arguments: str) -> str:
        # What leads to this machine's editors and to its own Belladonna isn't passed on.
        names = ("XDG_", "GIMP", "BELLADONNA_")
        environment = {name: value for name, value in clean_environment().items() if not name.startswith(names)}
        # Downloads are kept between runs, although every user is a new one.
        cache = os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache" / "pip")
        environment |= {"HOME": str(user), "PATH": PATH, "PIP_CACHE_DIR": cache}
        if self.home is not None:
            environment["BELLADONNA_HOME"] = str(self.home)
        done = subprocess.run(
            [sys.executable, str(ROOT / "install.py"), "--yes", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def point(plugin: Path, home: Path, *, in_tree: bool) -> None:
    """Have a plug-in use the Belladonna in ``home``, from its next call on.

    From inside a tree, the private Python, which is outside, has to be called in another way.
    """
    python = paths.venv_python(home)
    if in_tree and python.exists():
        python = host_program(home.with_name("python-from-tree"), python)
    location.write(Location(home, python, VERSION), plugin)
