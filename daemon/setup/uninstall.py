"""Remove an installation: everything that it wrote and nothing else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from shared.machine import paths
from shared.machine.paths import WINDOWS
from shared.problem import Problem
from shared.wording import text

from . import command, editors
from .console import say
from .editors import plugin
from .environment import daemon_restart
from .environment.slots import Slots
from .login import autostart
from .manifest import FILE, Manifest
from .system import System, explained


class Uninstaller:
    """Removes what is installed in one home. ``while_running``: also from editors that run."""

    def __init__(self, home: Path, *, while_running: bool = False, system: System | None = None) -> None:
        """Raises Problem if the manifest is damaged."""
        self.home, self.system, self._while_running = home, system or System(), while_running
        self.manifest = Manifest(home)
        self.launcher = paths.launcher(home)

    def plan(self) -> list[str]:
        """What ``run`` would do, one line each. Changes nothing."""
        records = self.manifest.plugins.values()
        lines = [text("setup.plan_plugin_out", editor=each.editor, folder=each.folder) for each in records]
        lines += [text("setup.plan_restore", path=each.settings) for each in records if each.settings]
        entry = autostart.describe(self.system, self.home, paths.venv_python(self.home))
        removed: list[Path | str | None] = [entry.place] if entry.state in ("on", "stale") else []
        if command.present(self.system, self.launcher):
            removed.append(command.place(self.system))
        lines += [text("setup.plan_remove", path=path) for path in (*removed, *self._own())]
        return lines + [text("setup.plan_keep", path=path) for path in self._brought()]

    def run(self) -> list[Path]:
        """Do it. Returns the files that are kept because they were changed or are the user's.

        Raises Problem and ``OSError``; another run can remove what is left then.
        """
        done = text("setup.home_removed", folder=self.home)  # this code and its texts may be what is removed
        with self.manifest.alone():
            Slots(self.home).adopt()
            kept = self._outside()
        kept += self._brought()
        own = self._own()
        if WINDOWS and Path(sys.prefix).is_relative_to(self.home):
            # This very Python can't be removed: the install.py that called it does that, or the user.
            own = [path for path in own if path.name not in ("envs", FILE)]
            say("setup.environment_in_use", folder=self.home)
        Slots(self.home).remove_link()
        for path in own:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        print(done)
        self.manifest.remove_folders()
        return kept

    def _outside(self) -> list[Path]:
        """Remove what isn't in the home, with the daemon stopped. Returns what is kept."""
        for editor in editors.find(self.system):
            if editor.key in self.manifest.plugins:
                editor.check_running("setup.close_to_uninstall", while_running=self._while_running)
        daemon_restart.stop(self.home)
        removed, kept = autostart.remove(self.system, self.home, self.manifest.changed)
        for place in filter(None, (*removed, command.remove(self.system, self.launcher))):
            say("setup.removed", path=place)
        for key, record in list(self.manifest.plugins.items()):
            try:
                kept += plugin.take(key, self.manifest)
            except OSError as error:
                reason = explained(error)
                raise Problem("setup.take_failed", editor=record.editor, reason=reason, remedy=reason.hint) from None
            say("setup.plugin_removed", editor=record.editor)
        return kept

    def _own(self) -> list[Path]:
        """What Belladonna made in the home, in the order of removal: the manifest last."""
        slots = Slots(self.home)
        own = [slots.folder, self.launcher.parent, self.home / "try"]
        own += [place(self.home) for place in (paths.models_dir, paths.logs_dir, paths.cache_dir, paths.run_dir)]
        return [path for path in (*own, self.home / FILE) if path.exists()]

    def _brought(self) -> list[Path]:
        """Everything else in the home: the user has put it there."""
        own = {Slots(self.home).link, *self._own()}
        return sorted(path for path in self.home.iterdir() if path not in own) if self.home.is_dir() else []
