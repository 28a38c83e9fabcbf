"""Build the private environment, or a newer one beside it, with the Python that runs this."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from shared.machine import paths
from shared.machine.atomic import replace_file
from shared.problem import Problem

from .. import sources
from ..console import megabytes, say
from ..system import System
from . import daemon_restart, hardware, health
from .pip import NotFound, Pip, run
from .slots import Slots

RECORD = "belladonna.json"


@dataclass(frozen=True)
class Recipe:
    """What an environment is made from. ``packages`` is empty until all of them are there."""

    python: str  # 3.12
    torch: str  # torch==2.13.0 for cpu
    chosen: str  # what --torch said: "auto" or a build
    packages: str = ""  # SHA-256 of pyproject.toml

    @classmethod
    def of(cls, venv: Path | None) -> Recipe | None:
        """The recipe of an environment; None if there is none, or it is unknown."""
        try:
            return None if venv is None else cls(**json.loads((venv / RECORD).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def material(self) -> tuple[str, str]:
        """What can't be changed in an environment that is there."""
        return self.python, self.torch

    def write(self, venv: Path) -> None:
        """Raises ``OSError``."""
        replace_file(venv / RECORD, json.dumps(asdict(self)).encode() + b"\n")


class Builder:
    """Builds the environment of one home from a checkout."""

    def __init__(
        self,
        home: Path,
        *,
        checkout: Path = sources.ROOT,
        torch: str | None = None,
        offline: bool = False,
        system: System | None = None,
    ) -> None:
        """``torch``: one of ``hardware.NAMES``; None: as the last time. Raises Problem if this computer can't have it.

        ``offline``: packages only come from where pip's find-links point.
        """
        self.home, self.checkout, self.offline, self.slots = home, checkout, offline, Slots(home)
        last = Recipe.of(self.slots.current())
        chosen = torch or (last.chosen if last else "auto")
        self.build, self.reason = hardware.choose(chosen, system)
        project = (checkout / "pyproject.toml").read_bytes()
        (self._torch,) = re.findall(r'"(torch==[^"]+)"', project.decode())
        self.recipe = Recipe(
            f"{sys.version_info[0]}.{sys.version_info[1]}",
            f"{self.build.requirement(self._torch)} for {self.build.name}",
            chosen,
            hashlib.sha256(project).hexdigest(),
        )

    def complete(self) -> bool:
        """Whether the environment in use is up to date and whole. Takes a few seconds and writes nothing.

        Raises Problem if there is something that Belladonna didn't make.
        """
        current = self.slots.current()
        if current is None or Recipe.of(current) != self.recipe:
            return False
        return sources.same(self.checkout, site_packages(current)) and self._health(current).whole

    def say_plan(self) -> None:
        """Print what ``renew`` would do. Writes nothing, raises like ``complete``."""
        if self.complete():
            say("setup.plan_environment_right", path=self.slots.link)
            return
        say("setup.plan_environment", path=self.slots.link)
        size, index = f"{self.build.gigabytes:g}", self.build.index or "PyPI"
        say("setup.plan_torch", size=size, build=self.build.name, reason=self.reason, index=index)

    def renew(self) -> None:
        """Make a new environment if the one in use isn't complete. Until it takes over, the one in use works.

        Raises Problem and ``OSError``; what was done stays, and the next run goes on from there.
        """
        if not self.complete():
            self.slots.adopt()
            self._replace(self.slots.current())
        self.slots.tidy()

    def _replace(self, current: Path | None) -> None:
        begun = self._begun()
        draft = begun or self._begin(current)
        self._fill(draft)
        found = self._health(draft)
        if not found.whole and (begun or current):  # what was there before may be what is wrong
            draft = self._begin(None)
            self._fill(draft)
            found = self._health(draft)
        if not found.whole:
            self.slots.tidy()
            raise Problem("setup.cannot_be_loaded", reason=found.first_fault)
        running = daemon_restart.stop(self.home)
        try:
            self.slots.use(draft)
        finally:
            if running:
                daemon_restart.start(self.home)

    def _health(self, venv: Path) -> health.Health:
        return health.look(python_of(venv))

    def _begun(self) -> Path | None:
        """The environment that an interrupted run has left, if it can be continued."""
        draft = self.slots.draft()
        recipe = Recipe.of(draft)
        if draft is None or recipe is None or recipe.material != self.recipe.material or self._health(draft).fault:
            return None
        for info in site_packages(draft).glob("*.dist-info"):
            if not (info / "RECORD").exists():  # pip was killed; without this it would take the package for complete
                shutil.rmtree(info)
        return draft

    def _begin(self, current: Path | None) -> Path:
        """A new environment. It shares the packages of the one in use, if that is whole and made for the same torch.

        The files are linked, which takes neither time nor space. pip writes no file in place: it puts another where the
        old one was, and the environment in use keeps that.
        """
        if importlib.util.find_spec("ensurepip") is None:
            raise Problem("setup.no_ensurepip")
        self.slots.tidy()
        last = Recipe.of(current)
        shared = current if last is not None and last.material == self.recipe.material else None
        if shared is not None and not self._health(shared).whole:
            say("setup.environment_damaged")
            shared = None
        if shared is None:
            check_space(self.home, 2e9 * self.build.gigabytes)  # what is installed, and pip's working copies of it
        venv = self.slots.new()
        without_pip = ["--without-pip"] if shared else []  # it comes with the packages
        run("environment", [sys.executable, "-I", "-m", "venv", *without_pip, str(venv)], self._log, self.slots.folder)
        if shared is not None:
            source, target = site_packages(shared), site_packages(venv)
            shutil.copytree(source, target, symlinks=True, copy_function=_link, dirs_exist_ok=True)
        replace(self.recipe, packages="").write(venv)
        return venv

    def _fill(self, venv: Path) -> None:
        """Install torch, which is nearly all of the download, and then the rest, which must not choose another one."""
        replace(self.recipe, packages="").write(venv)
        pip = Pip(python_of(venv), self._log, venv, offline=self.offline)
        began = time.monotonic()
        if not any(site_packages(venv).glob("torch-*.dist-info/RECORD")):  # else it is shared, or was there before
            say("setup.torch_from", build=self.build.name, reason=self.reason, index=self.build.index or "PyPI")
            self._install_torch(pip)
            say("setup.step_done", name="torch", size=megabytes(venv), seconds=f"{time.monotonic() - began:.0f}")
            began = time.monotonic()
        self._install_project(pip)
        self.recipe.write(venv)
        say("setup.step_done", name="belladonna", size=megabytes(venv), seconds=f"{time.monotonic() - began:.0f}")

    def _install_torch(self, pip: Pip) -> None:
        exactly = self.build.exactly(self._torch)
        try:
            pip("install", "torch", *self._index(), exactly)
        except NotFound:
            if not self.build.instead:
                raise
            say("setup.torch_instead", torch=exactly, index=self.build.index, size=f"{self.build.instead:g}")
            if not self.offline:  # else it lies in a folder already, and is perhaps small
                check_space(self.home, 2e9 * self.build.instead)
            pip("install", "torch", self._torch)

    def _install_project(self, pip: Pip) -> None:
        # Built from a copy: the checkout stays clean, may be read-only, and leftovers of a build can't get in.
        copy = paths.cache_dir(self.home) / "source"
        shutil.rmtree(copy, ignore_errors=True)
        files = [self.checkout / name for name in sources.BUILD_FILES]
        files += [path for folder in sources.FOLDERS for path in sources.inside(self.checkout / folder)]
        for path in files:
            target = copy / path.relative_to(self.checkout)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        # Some of what torch itself needs for a card lies only where that torch came from.
        pip("install", "belladonna", *([] if self.build.instead else self._index()), str(copy))
        shutil.rmtree(copy, ignore_errors=True)

    def _index(self) -> list[str]:
        return [] if self.build.index is None else [f"--extra-index-url={self.build.index}", "--retries=2"]

    @property
    def _log(self) -> Path:
        return paths.logs_dir(self.home) / "install.log"


def python_of(venv: Path) -> Path:
    """The Python of an environment in its own place."""
    return venv / paths.venv_python(venv).relative_to(paths.venv_dir(venv))


def site_packages(venv: Path) -> Path:
    """The folder with its packages; one that doesn't exist if it isn't an environment."""
    return next(iter([*venv.glob("lib/python3*/site-packages"), *venv.glob("Lib/site-packages")]), venv / "none")


def check_space(home: Path, needed: float) -> None:
    """Raises Problem if the disk that the home lies on has fewer than ``needed`` bytes free."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Problem("setup.no_space", needed=f"{needed / 1e9:.1f}", free=f"{free / 1e9:.1f}", home=home)


def _link(source: str, target: str) -> None:
    with contextlib.suppress(OSError):  # a disk without hard links, or a file with too many
        os.link(source, target)
        return
    shutil.copy2(source, target)
