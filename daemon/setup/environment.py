"""The private virtual environment: made, filled by its own pip, and looked at."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from shared import paths

from . import sources
from .console import megabytes, say
from .errors import InstallError
from .steps import Step

SPACE = 3_000_000_000  # bytes free before the first run: what is installed, and pip's working copies of it
SITE_PACKAGES = ("lib/python3*/site-packages", "Lib/site-packages")  # POSIX, Windows


class Environment:
    """The environment in one home. ``offline``: take packages only from where pip's find-links point."""

    def __init__(self, home: Path, *, offline: bool = False) -> None:
        self.venv, self.python = paths.venv_dir(home), paths.venv_python(home)
        self.offline = offline
        self.log = paths.logs_dir(home) / "install.log"
        self._cache = paths.cache_dir(home)

    def steps(self, checkout: Path) -> list[Step]:
        """In order; each needs those before it.

        torch comes by itself: it is nearly all of the download, and what follows must not choose another version.
        """
        (torch,) = re.findall(r'"(torch==[^"]+)"', (checkout / "pyproject.toml").read_text(encoding="utf-8"))
        has_torch = partial(self.has, torch.replace("==", "-"))
        project = sources.fingerprint(checkout, sources.project(checkout))
        return [
            Step("environment", "venv", self.works, self.make),
            Step("torch", torch, has_torch, partial(self.pip, "torch", "install", torch)),
            Step("belladonna", project, partial(self.has, "belladonna-"), partial(self.install_project, checkout)),
        ]

    def works(self) -> bool:
        try:
            probe = subprocess.run([self.python, "-I", "-c", "import pip"], stderr=subprocess.DEVNULL)
        except OSError:  # missing, or not a program
            return False
        return probe.returncode == 0

    def has(self, distribution: str) -> bool:
        """Is a package whose metadata folder begins like this installed? pip writes RECORD when all else is there."""
        return any(any(self.venv.glob(f"{lib}/{distribution}*.dist-info/RECORD")) for lib in SITE_PACKAGES)

    def make(self) -> None:
        """Make it anew, with nothing but pip in it. Raises InstallError."""
        if importlib.util.find_spec("ensurepip") is None:
            raise InstallError(
                "This Python can't make virtual environments.",
                "On Debian and Ubuntu: sudo apt install python3-venv. Elsewhere use the Python from python.org.",
            )
        shutil.rmtree(self.venv, ignore_errors=True)
        self._logged("environment", [sys.executable, "-I", "-m", "venv", str(self.venv)])

    def install_project(self, checkout: Path) -> None:
        """Build the checkout and install it with what it depends on. Raises InstallError."""
        # Built from a copy: the checkout stays clean, may be read-only, and leftovers of a build can't get in.
        source = self._cache / "source"
        shutil.rmtree(source, ignore_errors=True)
        for path in sources.project(checkout):
            copy = source / path.relative_to(checkout)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        self.pip("belladonna", "install", str(source))
        shutil.rmtree(source, ignore_errors=True)

    def pip(self, name: str, command: str, *arguments: str) -> None:
        """Run a command of pip; ``name`` is what it is about, for the user. Raises InstallError if it fails."""
        options = ["--no-input", "--disable-pip-version-check", *(["--no-index"] if self.offline else [])]
        self._logged(name, [str(self.python), "-I", "-m", "pip", command, *options, *arguments])

    def _logged(self, name: str, command: list[str]) -> None:
        """Run a command with its output in the log, showing how far it is. Raises InstallError if it fails."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        began = time.monotonic()
        with self.log.open("a+b") as log:
            start = log.seek(0, os.SEEK_END)
            child = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                while not _ends(child, within=1 if sys.stdout.isatty() else 30):
                    say(f"{name:<12} {megabytes(self.venv)} so far, {time.monotonic() - began:.0f} s", passing=True)
            finally:
                child.kill()  # only after an interruption is it still there
                child.wait()
            log.seek(start)
            output = log.read().decode(errors="replace")
        if child.returncode:
            raise InstallError(
                f"Installing {name} failed: {_last_word(output)}",
                "Check the connection and the free disk space, then run this again: it goes on where it stopped. "
                f"The whole output is in {self.log}.",
            )


def check_space(home: Path, needed: int = SPACE) -> None:
    """Raises InstallError if the disk that the home lies on has fewer than ``needed`` bytes free."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise InstallError(
            f"Belladonna needs {needed / 1e9:.1f} GB on the disk of {home}, and {free / 1e9:.1f} GB are free.",
            "Free some space, or set BELLADONNA_HOME to a folder on another disk.",
        )


def _ends(child: subprocess.Popen[bytes], within: float) -> bool:
    """Wait for a process, for so many seconds at most."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(within)
    return child.returncode is not None


def _last_word(output: str) -> str:
    """The line of pip's output that says why: its last error, or else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["no output"])[-1].removeprefix("ERROR: ")
