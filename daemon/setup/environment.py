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
from shared.process import clean_environment

from . import reasons, sources
from .beside import Beside
from .console import megabytes, say
from .errors import InstallError
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
        self._cache = paths.cache_dir(home)

    def steps(self, checkout: Path, build: Build) -> list[Step]:
        """In order; each needs those before it.

        torch comes by itself: it is nearly all of the download, and what follows must not choose another version.
        """
        torch = build.requirement(pinned_torch(checkout))
        has_torch = partial(self.has, torch.replace("==", "-"))
        project = sources.fingerprint(checkout, sources.project(checkout))
        return [
            Step("environment", "venv", self.works, self.make),
            Step("torch", f"{torch} for {build.name}", has_torch, partial(self.install_torch, torch, build)),
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

    def install_torch(self, torch: str, build: Build) -> None:
        """Install this build, in the place of another that may be there. Raises InstallError."""
        if self.has("torch-"):
            self.pip("torch", "uninstall", "--yes", "torch")
        index = [] if build.index is None else [f"--extra-index-url={build.index}", "--retries=2"]
        self.pip("torch", "install", *index, torch)
        if build.local and not self.has(f"torch-*+{build.local}"):
            say(f"PyTorch's own index has not been used, so this torch may be larger than the one for {build.name}.")

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
        self._logged(name, [str(self.python), "-I", "-m", "pip", command, *options, *arguments])

    def _logged(self, name: str, command: list[str]) -> None:
        """Run a command with its output in the log, showing how far it is. Raises InstallError if it fails."""
        began = time.monotonic()
        with self.log.open("a+b") as log:
            start = log.seek(0, os.SEEK_END)
            child = subprocess.Popen(
                command,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                close_fds=False,  # the installer's lock is for it too: it may outlive an installer that is killed
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
            raise reasons.of_output(name, output, self.log)


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


def _ends(child: subprocess.Popen[bytes], within: float) -> bool:
    """Wait for a process, for so many seconds at most."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(within)
    return child.returncode is not None
