"""Everything that an installation puts outside the private environment, which it runs in and which is complete."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from shared import VERSION
from shared.machine import paths
from shared.machine.location import Location, LocationError
from shared.problem import Problem

from . import command, editors, sources
from .console import say
from .editors import plugin, pyzmq
from .editors.installation import Installation
from .environment.pip import Pip
from .login import autostart
from .manifest import Manifest
from .options import Options
from .system import System, explained


class Installer:
    """Puts the plug-ins, the command and the start at login of one home where they belong."""

    def __init__(self, home: Path, options: Options, system: System | None = None) -> None:
        """Raises Problem if the home's manifest is damaged."""
        self.home, self.options, self.system = home, options, system or System()
        self.python, self.launcher = paths.venv_python(home), paths.launcher(home)
        self.manifest = Manifest(home)

    def run(self) -> list[Problem]:
        """Do all of it. Returns what went wrong with the plug-ins: one editor doesn't spoil another.

        What stands in the way of the command and the start at login is only said: Belladonna works without.
        Raises ``OSError`` if the home itself can't be written.
        """
        self._make_folders()
        command.write_launcher(self.launcher, self.home, self.python)
        problems = list(self._install_plugins())
        with _only_said():
            self._install_command()
        with _only_said():
            self._install_login()
        return problems

    def plugin_content(self, editor: Installation, pyzmq_folder: Path | None) -> dict[Path, bytes]:
        """The files of an editor's plug-in. Raises ``OSError`` and ``LocationError``."""
        location = Location(self.home, self.python, VERSION)
        return plugin.content(editor, sources.ROOT, location, pyzmq_folder)

    def _install_plugins(self) -> Iterator[Problem]:
        names = self.options.editors
        found, waiting = editors.find(self.system, names), editors.waiting(self.system, names)
        for title in waiting:
            say("setup.start_once", editor=title)
        if names and not found and not waiting:
            say("setup.no_editor", editors=" or ".join(editors.titles(names)))
        pyzmq_folder = self._pyzmq() if found else None
        for editor in found:
            try:
                self._install_plugin(editor, pyzmq_folder)
            except LocationError as error:
                yield Problem.worded(str(error), error.hint)
            except Problem as problem:
                yield problem
            except OSError as error:
                reason = explained(error)
                yield Problem("setup.plugin_failed", editor=editor.editor, reason=reason, remedy=reason.hint)
            else:
                say("setup.plugin_done", editor=editor.editor, folder=editor.folder)

    def _install_plugin(self, editor: Installation, pyzmq_folder: Path | None) -> None:
        wanted = self.plugin_content(editor, pyzmq_folder)
        if plugin.in_place(editor, wanted, self.manifest):
            return
        running = editor.check_running("setup.close_to_install", while_running=self.options.while_running)
        kept = plugin.put(editor, wanted, self.manifest)
        if kept is not None:
            names = ", ".join(sorted(path.name for path in kept.rglob("*") if path.is_file()))
            say("setup.files_replaced", editor=editor.editor, names=names, folder=kept)
        if running:
            say("setup.installed_while_running", editor=editor.editor)

    def _install_command(self) -> None:
        place = command.place(self.system)
        if place is not None:
            self.manifest.expect({place: None})
            command.install(self.system, self.launcher)
            say("setup.command_done", path=place)
        advice = command.advice(self.system, self.launcher)
        if advice:
            print(advice)

    def _install_login(self) -> None:
        if not self.options.login:
            removed, _ = autostart.remove(self.system, self.home, self.manifest.changed)
            say("setup.login_removed" if removed else "setup.login_off")
            return
        entry = autostart.describe(self.system, self.home, self.python)
        if entry.state != "on":
            if isinstance(entry.place, Path):
                self.manifest.expect({entry.place: None})
            autostart.install(self.system, self.home, self.python)
            entry = autostart.describe(self.system, self.home, self.python)
            if isinstance(entry.place, Path):
                self.manifest.settle({entry.place: entry.place.read_bytes()})
        say("setup.login_done", way=entry.way, place=entry.place)

    def _make_folders(self) -> None:
        for folder in (self.home, paths.run_dir(self.home)):
            paths.private_dir(folder)
        for folder in (self.launcher.parent, *(place(self.home) for place in (paths.logs_dir, paths.cache_dir))):
            folder.mkdir(exist_ok=True)

    def _pyzmq(self) -> Path | None:
        cache, log = paths.cache_dir(self.home), paths.logs_dir(self.home) / "install.log"
        try:
            return pyzmq.fetch(cache, Pip(self.python, log, cache, offline=self.options.offline).download)
        except Problem as problem:
            say("setup.without_pyzmq", reason=problem.sentence.rstrip("."))
            return None


@contextlib.contextmanager
def _only_said() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        print(problem.told)
    except OSError as error:
        print(explained(error).told)
