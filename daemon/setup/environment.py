"""The private virtual environment: made, filled by its own pip, and looked at."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from shared.machine import paths
from shared.machine.process import clean_environment

from . import logged, packages, sources
from .beside import Beside
from .console import say
from .errors import InstallError, NotFoundError
from .hardware import Build
from .steps import Record, Step

SITE_PACKAGES = ("lib/python3*/site-packages", "Lib/site-packages")  # POSIX, Windows
RECORD = "belladonna.json"  # in the environment, so that it is moved with it


class Environment:
    """One environment of a home: the one in use, or another that is to take its place.

    ``offline``: take packages only from where pip's find-links point.
    """

    def __init__(self, venv: Path, home: Path, *, offline: bool = False) -> None:
        self.venv = venv
        self.python = venv / paths.venv_python(home).relative_to(paths.venv_dir(home))
        self.offline = offline
        self.record = Record(venv / RECORD)
        self.log = paths.logs_dir(home) / "install.log"
        self._home = home

    def steps(self, checkout: Path, build: Build) -> list[Step]:
        """In order; each needs those before it.

        torch comes by itself: it is nearly all of the download, and what follows must not choose another version.
        What is damaged counts as not done; to find that out takes two seconds, now.
        """
        faults = packages.look(self.python) if self.record else packages.Faults()
        pinned = pinned_torch(checkout)
        torch = build.requirement(pinned)
        python = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
        project = sources.fingerprint(checkout, sources.project(checkout))

        def has_environment() -> bool:
            return not faults.environment and self.works()

        def has_torch() -> bool:
            return not faults.torch and self.has(torch.replace("==", "-"))

        def has_project() -> bool:
            return not (faults.project or faults.packages) and self.has("belladonna-")

        return [
            Step("environment", python, has_environment, self.make),
            Step("torch", f"{torch} for {build.name}", has_torch, partial(self.install_torch, pinned, build)),
            Step("belladonna", project, has_project, partial(self.install_project, checkout, build, faults.packages)),
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
        self._run("environment", [sys.executable, "-I", "-m", "venv", str(self.venv)])

    def install_torch(self, torch: str, build: Build) -> None:
        """Install this build, in the place of another that may be there. ``torch`` is as in ``pyproject.toml``.

        Raises InstallError, also if what there is instead would not fit on the disk.
        """
        if self.has("torch-"):
            self.pip("torch", "uninstall", "--yes", "torch")
        try:
            self.pip("torch", "install", *_index(build), build.exactly(torch))
        except NotFoundError:
            if not build.instead:
                raise
            where = f"{build.exactly(torch)} can't be had from {build.index}"
            say(f"{where}, so another build is taken, for cards too: about {build.instead:g} GB in all.")
            if not self.offline:  # else it lies in a folder already, and is perhaps small
                check_space(self._home, 2e9 * build.instead)
            self.pip("torch", "install", torch)

    def install_project(self, checkout: Path, build: Build, damaged: Sequence[str] = ()) -> None:
        """Build the checkout and install it with what it depends on, ``damaged`` packages anew. Raises InstallError."""
        if damaged:
            say(f"{'belladonna':<12} damaged, so installed again: {', '.join(damaged)}")
            self.pip("belladonna", "uninstall", "--yes", *damaged)
        # Built from a copy: the checkout stays clean, may be read-only, and leftovers of a build can't get in.
        source = paths.cache_dir(self._home) / "source"
        shutil.rmtree(source, ignore_errors=True)
        for path in sources.project(checkout):
            copy = source / path.relative_to(checkout)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        # Some of what torch itself needs for a card lies only where that torch came from.
        self.pip("belladonna", "install", *([] if build.instead else _index(build)), str(source))
        shutil.rmtree(source, ignore_errors=True)

    def check(self) -> None:
        """Raises InstallError if what was installed can't be loaded."""
        command = [str(self.python), "-I", "-c", "import torch, shared, daemon"]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, errors="replace")
        if done.returncode:
            last = (done.stderr.strip() or f"it ended with {done.returncode}").splitlines()[-1]
            hint = "Try another torch with --torch cpu, or another Python."
            raise InstallError(f"What was installed can't be loaded: {last}", hint)

    def pip(self, name: str, command: str, *arguments: str) -> None:
        """Run a command of pip; ``name`` is what it is about, for the user. Raises InstallError if it fails."""
        options = ["--disable-pip-version-check", "--no-input"]
        if self.offline and command != "uninstall":
            options.append("--no-index")
        self._run(name, [str(self.python), "-I", "-m", "pip", command, *options, *arguments])

    def _run(self, name: str, command: list[str]) -> None:
        logged.run(name, command, self.log, self.venv)


def pinned_torch(checkout: Path) -> str:
    """``torch==2.13.0``, as the checkout wants it."""
    (torch,) = re.findall(r'"(torch==[^"]+)"', (checkout / "pyproject.toml").read_text(encoding="utf-8"))
    return torch


def started(beside: Beside, home: Path, *, offline: bool) -> Environment:
    """The environment that is to take the place of the one in use: what an interrupted run has left, else a copy.

    With neither it is empty. Raises ``OSError``.
    """
    draft = Environment(beside.draft, home, offline=offline)
    if not (draft.record and draft.works()):
        current = Environment(beside.current, home, offline=offline)
        beside.fill(copying=bool(current.record) and current.works(), last=RECORD)
        draft = Environment(beside.draft, home, offline=offline)
    return draft


def check_space(home: Path, needed: float) -> None:
    """Raises InstallError if the disk that the home lies on has fewer than ``needed`` bytes free."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise InstallError(
            f"Belladonna needs {needed / 1e9:.1f} GB on the disk of {home}, and {free / 1e9:.1f} GB are free.",
            "Free some space, or set BELLADONNA_HOME to a folder on another disk.",
        )


def _index(build: Build) -> list[str]:
    return [] if build.index is None else [f"--extra-index-url={build.index}", "--retries=2"]
