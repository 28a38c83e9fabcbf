"""One installation from beginning to end: what is to do, in which order, and what is said about it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from shared import VERSION, paths
from shared.location import Location

from . import launcher, plugins, upgrade, vendor
from .console import megabytes, say
from .environment import Environment, check_space
from .errors import InstallError
from .steps import Record


class Installer:
    """Installs one checkout into one home. ``offline``: take packages only from where pip's find-links point."""

    def __init__(self, home: Path, checkout: Path, *, offline: bool = False) -> None:
        self.home, self.checkout = home, checkout
        self.environment = Environment(home, offline=offline)
        self.launcher = paths.launcher(home)
        self.record = Record(home / "installed.json")

    def install_daemon(self) -> None:
        """Do what is to do. A daemon that runs is stopped before its code is replaced, and started again after.

        Raises InstallError; what was done until then stays, and the next run goes on from there.
        """
        venv = self.environment.venv
        if venv.exists() and not self.record.exists():
            hint = "Move it away, or set BELLADONNA_HOME to another folder."
            raise InstallError(f"{venv} exists, and Belladonna didn't make it.", hint)
        pending = self.record.pending(self.environment.steps(self.checkout))
        if pending and pending[0].name == "environment":
            check_space(self.home)
        self._make_folders()
        restart = bool(pending) and upgrade.stop_daemon(self.home)
        for step in pending:
            began = time.monotonic()
            self.record.perform(step)
            say(f"{step.name:<12} {megabytes(venv)} in all, {time.monotonic() - began:.0f} s: done")
        launcher.write(self.launcher, self.home, self.environment.python)
        if restart:
            upgrade.start_daemon(self.home)

    def install_plugins(self, editors: Sequence[str]) -> list[InstallError]:
        """Put plug-ins into those editors that are found. Returns what went wrong; an editor doesn't spoil another."""
        found = plugins.find(editors, self.checkout)
        if editors and not found:
            names = " or ".join(plugins.EDITORS[name].TITLE for name in editors)
            say(f"No {names} was found. Once there is one, run this again: it gets its plug-in then.")
        if not found:
            return []
        location = Location(self.home, self.environment.python, VERSION)
        problems = []
        for step in plugins.steps(found, self.checkout, location, self._pyzmq()):
            try:
                if not self.record.done(step):
                    self.record.perform(step)
            except InstallError as problem:
                problems.append(problem)
            else:
                for each in found[step.name]:
                    say(f"{each.editor:<12} plug-in in {each.folder}")
        return problems

    def _make_folders(self) -> None:
        for folder in (self.home, paths.run_dir(self.home)):
            paths.private_dir(folder)
        self.launcher.parent.mkdir(exist_ok=True)
        for place in (paths.logs_dir, paths.models_dir, paths.anchors_dir, paths.cache_dir):
            place(self.home).mkdir(exist_ok=True)

    def _pyzmq(self) -> Path | None:
        try:
            return vendor.fetch(paths.cache_dir(self.home), partial(self.environment.pip, "pyzmq", "download"))
        except InstallError as problem:
            reason = str(problem).rstrip(".")
            say(f"{reason}. The plug-ins work without pyzmq: they start a program that talks for them.")
            return None
