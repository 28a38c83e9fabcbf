"""One installation from beginning to end: what is to do, in which order, and what is said about it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared import VERSION
from shared.machine import paths
from shared.machine.location import Location

from . import environment, hardware, launcher, outside, plugins, upgrade, vendor
from .beside import Beside
from .console import megabytes, say
from .environment import Environment
from .errors import InstallError
from .manifest import Manifest
from .steps import HOME_RECORD, Record, Step
from .system import System


@dataclass(frozen=True)
class Options:
    """What the user has asked for."""

    editors: tuple[str, ...] = tuple(plugins.EDITORS)
    torch: str | None = None  # one of hardware.NAMES, or "auto"; None: as the last time
    login: bool = True
    offline: bool = False  # take packages only from where pip's find-links point
    while_running: bool = False  # put plug-ins into editors that run


class Installer:
    """Installs one checkout into one home."""

    def __init__(self, home: Path, checkout: Path, options: Options, system: System | None = None) -> None:
        """Raises InstallError if there is no such torch for this computer, or the home's manifest is damaged."""
        self.home, self.checkout, self.options = home, checkout, options
        self.system = system or System()
        self.beside = Beside(paths.venv_dir(home))
        self.current = Environment(self.beside.current, home, offline=options.offline)
        self.launcher = paths.launcher(home)
        self.record = Record(home / HOME_RECORD)
        self.manifest = Manifest(home)
        try:
            self.build, self.reason = hardware.choose(self.torch_choice, self.system)
        except ValueError as error:
            raise InstallError(str(error), "Choose another with --torch, or leave that to install.py.") from None

    @property
    def torch_choice(self) -> str:
        """What was asked for, now or the last time."""
        return self.options.torch or self.record.get(hardware.CHOICE) or "auto"

    def pending(self) -> Sequence[Step]:
        """What the environment in use lacks. Changes nothing. Raises InstallError if that isn't Belladonna's."""
        venv = self.current.venv
        # The first versions noted all in the home's own record; what they made is made anew.
        if venv.exists() and not self.current.record.exists() and not self.record.exists():
            hint = "Move it away, or set BELLADONNA_HOME to another folder."
            raise InstallError(f"{venv} exists, and Belladonna didn't make it.", hint)
        pending = self.current.record.pending(self.current.steps(self.checkout, self.build))
        begun = (self.beside.draft / environment.RECORD).exists()
        if not begun and any(step.name in ("environment", "torch") for step in pending):
            # What is installed, and pip's working copies of it.
            environment.check_space(self.home, 2e9 * self.build.gigabytes)
        return pending

    def install_daemon(self) -> None:
        """Make a new environment if that is to do, and put it in the place of the old one, which works until then.

        Raises InstallError and ``OSError``; what was done stays beside, and the next run goes on from there.
        """
        self.beside.recover()
        pending = self.pending()
        self._make_folders()
        if pending:
            self._renew()
        else:
            self.beside.discard()
        if self.options.torch:
            self.record.note(hardware.CHOICE, self.options.torch)
        launcher.write(self.launcher, self.home, self.current.python)

    def install_plugins(self) -> list[InstallError]:
        """Put plug-ins into the editors that are found. Returns what went wrong; an editor doesn't spoil another."""
        editors = self.options.editors
        found = plugins.find(editors, self.system)
        waiting = plugins.waiting(editors, self.system)
        for title in waiting:
            say(f"{title:<12} must be started once. Then run this again: it gets its plug-in.")
        if editors and not found and not waiting:
            names = " or ".join(plugins.EDITORS[name].TITLE for name in editors)
            say(f"No {names} was found. Once there is one, run this again: it gets its plug-in then.")
        if not found:
            return []
        location = Location(self.home, self.current.python, VERSION)
        pyzmq, problems = self._pyzmq(), []
        for name, each in ((name, each) for name, installations in found.items() for each in installations):
            step = plugins.step(
                name,
                each,
                self.checkout,
                location,
                pyzmq,
                self.manifest,
                while_running=self.options.while_running,
            )
            try:
                if not self.record.done(step):
                    self.record.perform(step)
            except InstallError as problem:
                problems.append(problem)
            else:
                say(f"{each.editor:<12} plug-in in {each.folder}")
        return problems

    def install_outside(self) -> None:
        """The command on the PATH and the start at login. What stands in the way of these is only said."""
        outside.install(
            self.system, self.home, self.checkout, self.current.python, self.manifest, self.record, self.options.login
        )

    def _renew(self) -> None:
        draft = environment.started(self.beside, self.home, offline=self.options.offline)
        pending = draft.record.pending(draft.steps(self.checkout, self.build))
        if pending and draft.record.get(pending[0].name) == pending[0].source:
            say(f"{pending[0].name:<12} is damaged, or something in it is missing: made again")
        for step in pending:
            began = time.monotonic()
            if step.name == "torch":
                where = self.build.index or "PyPI"
                say(f"{step.name:<12} for {self.build.name} ({self.reason}), from {where}")
            draft.record.perform(step)
            say(f"{step.name:<12} {megabytes(draft.venv)} in all, {time.monotonic() - began:.0f} s: done")
        draft.check()
        restart = upgrade.stop_daemon(self.home)
        try:
            self.beside.take_over()
        finally:
            if restart:
                upgrade.start_daemon(self.home)

    def _make_folders(self) -> None:
        for folder in (self.home, paths.run_dir(self.home)):
            paths.private_dir(folder)
        self.launcher.parent.mkdir(exist_ok=True)
        for place in (paths.logs_dir, paths.models_dir, paths.anchors_dir, paths.cache_dir):
            place(self.home).mkdir(exist_ok=True)

    def _pyzmq(self) -> Path | None:
        try:
            return vendor.fetch(paths.cache_dir(self.home), partial(self.current.pip, "pyzmq", "download"))
        except InstallError as problem:
            reason = str(problem).rstrip(".")
            say(f"{reason}. The plug-ins work without pyzmq: they start a program that talks for them.")
            return None
