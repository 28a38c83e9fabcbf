"""Taking an installation back: all that it wrote and nothing else."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from shared.machine import paths

from . import command, login, plugins, reasons, upgrade
from .alone import alone
from .beside import Beside
from .console import say
from .errors import InstallError
from .manifest import FILE, Manifest
from .steps import HOME_RECORD
from .system import System

_BROUGHT = ("models", "anchors")  # folders in which only the user puts things


class Uninstaller:
    """Takes back what is installed in one home. ``while_running``: also from editors that run."""

    def __init__(self, home: Path, *, while_running: bool = False, system: System | None = None) -> None:
        """Raises InstallError if the manifest is damaged."""
        self.home, self.system, self._while_running = home, system or System(), while_running
        self.manifest = Manifest(home)
        self.launcher = paths.launcher(home)

    def plan(self) -> list[str]:
        """What ``run`` would do, one line each. Changes nothing."""
        placed = self.manifest.editors.values()
        lines = [f"Would take the plug-in out of {each.editor}: {each.folder}" for each in placed]
        lines += [f"Would restore {each.settings}" for each in placed if each.settings]
        entry = login.describe(self.system, self.home, paths.venv_python(self.home))
        if entry.state in ("on", "stale"):
            lines.append(f"Would remove the {entry.way} {entry.place}")
        if command.present(self.system, self.launcher):
            lines.append(f"Would remove {command.place(self.system)}")
        lines += [f"Would remove {path}" for path in self._own()]
        return lines + [f"Would keep {path}: it is yours" for path in self._brought()]

    def run(self) -> list[Path]:
        """Do it. Returns the files that are kept, since they were changed or are the user's.

        Raises InstallError and ``OSError``; what is left then can be taken back by another run.
        """
        with alone(self.home):
            kept = self._outside()
        kept += self._brought()
        for path in self._own():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for folder in (self.home / name for name in _BROUGHT):
            with contextlib.suppress(OSError):  # not empty, or not there
                folder.rmdir()
        say(f"Removed what was in {self.home}")
        self.manifest.remove_folders()
        return kept

    def _outside(self) -> list[Path]:
        """Take back what isn't in the home, with the daemon stopped. Returns what is kept."""
        self._check_editors()
        upgrade.stop_daemon(self.home)
        removal = login.remove(self.system, self.home, changed=self.manifest.changed)
        kept = [path for path in removal.kept if isinstance(path, Path)]
        for place in [*removal.removed, *command.remove(self.system, self.launcher)]:
            say(f"Removed {place}")
        for key, placed in list(self.manifest.editors.items()):
            try:
                kept += self.manifest.remove_editor(key)
            except OSError as error:
                problem = reasons.of_error(error)
                sentence = f"The plug-in can't be taken out of {placed.editor}. {problem}"
                raise InstallError(sentence, problem.hint) from None
            say(f"Removed the plug-in from {placed.editor}")
        return kept

    def _check_editors(self) -> None:
        """Raises InstallError if an editor runs that has a plug-in."""
        found = (each for editor in plugins.EDITORS.values() for each in editor.find(self.system))
        for each in found:
            if each.key in self.manifest.editors and not self._while_running and each.running():
                raise InstallError(
                    f"{each.editor} is running, so nothing was removed.", f"Close {each.editor}, then run this again."
                )

    def _own(self) -> list[Path]:
        """What is in the home and Belladonna made, in the order in which it goes: the manifest last."""
        beside = Beside(paths.venv_dir(self.home))
        folders = [beside.draft, beside.old, beside.current, self.launcher.parent]
        folders += [place(self.home) for place in (paths.logs_dir, paths.cache_dir, paths.run_dir)]
        own = [*folders, self.home / "try", self.home / HOME_RECORD, self.home / FILE]
        return [path for path in own if path.exists()]

    def _brought(self) -> list[Path]:
        """What else is in the home: what the user has put there."""
        own = set(self._own())
        rest = sorted(path for path in self.home.iterdir() if path not in own) if self.home.is_dir() else []
        return [path for path in rest if path.name not in _BROUGHT or any(path.iterdir())]
