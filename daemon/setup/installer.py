"""Install everything outside the private environment, which is complete by then."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from shared import VERSION
from shared.machine import paths
from shared.machine.location import Location
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
    """Installs the plug-ins, the command and the start at login of one home."""

    def __init__(self, home: Path, options: Options, system: System | None = None) -> None:
        """Raises Problem if the home's manifest is damaged."""
        self.home, self.options, self.system = home, options, system or System()
        self.python, self.launcher = paths.venv_python(home), paths.launcher(home)
        self.manifest = Manifest(home)

    def run(self, *, dry: bool = False) -> list[Problem]:
        """Do all of it, or only say what would be done. Returns what went wrong: one editor doesn't spoil another.

        Obstacles to the command and the start at login are only printed: Belladonna works without them.
        Raises ``OSError`` if the home itself can't be written.
        """
        if not dry:
            self._make_folders()
            command.write_launcher(self.launcher, self.home, self.python)
        problems = list(self._plugins(dry))
        with _only_said():
            self._command(dry)
        with _only_said():
            self._login(dry)
        return problems

    def _plugins(self, dry: bool) -> Iterator[Problem]:
        names = self.options.editors
        found, waiting = editors.find(self.system, names), editors.waiting(self.system, names)
        for title in waiting:
            say("setup.start_once", editor=title)
        if names and not found and not waiting:
            say("setup.no_editor", editors=" or ".join(editors.titles(names)))
        pyzmq_folder = self._pyzmq(dry) if found else None
        for editor in found:
            try:
                self._plugin(editor, pyzmq_folder, dry)
            except Problem as problem:
                yield problem
            except OSError as error:
                reason = explained(error)
                yield Problem("setup.plugin_failed", editor=editor.editor, reason=reason, remedy=reason.hint)

    def _plugin(self, editor: Installation, pyzmq_folder: Path | None, dry: bool) -> None:
        location = Location(self.home, self.python, VERSION)
        wanted = plugin.content(editor, sources.ROOT, location, pyzmq_folder)
        if not plugin.in_place(editor, wanted, self.manifest):
            if dry:
                self._would_put(editor)
                return
            running = editor.check_running("setup.close_to_install", while_running=self.options.while_running)
            kept = plugin.put(editor, wanted, self.manifest)
            if kept is not None:
                names = ", ".join(sorted(path.name for path in kept.rglob("*") if path.is_file()))
                say("setup.files_replaced", editor=editor.editor, names=names, folder=kept)
            if running:
                say("setup.installed_while_running", editor=editor.editor)
        say("setup.plugin_done", editor=editor.editor, folder=editor.folder)

    def _would_put(self, editor: Installation) -> None:
        say("setup.plan_plugin", editor=editor.editor, folder=editor.folder)
        for path in editor.elsewhere.values():
            say("setup.plan_file", path=path)
        if editor.settings is not None:
            say("setup.plan_settings", path=editor.settings)
        running = editor.running()
        if running is not False and not self.options.while_running:
            say("setup.plan_running" if running else "setup.plan_may_run", editor=editor.editor)

    def _command(self, dry: bool) -> None:
        place = command.place(self.system)
        if place is not None and dry and not command.present(self.system, self.launcher):
            say("setup.plan_command", path=place)
        elif place is not None:
            if not dry:
                self.manifest.expect({place: None})
                command.install(self.system, self.launcher)
            say("setup.command_done", path=place)
        advice = command.advice(self.system, self.launcher)
        if advice:
            print(advice)

    def _login(self, dry: bool) -> None:
        entry = autostart.describe(self.system, self.home, self.python)
        wanted, values = self.options.login, {"way": entry.way, "place": entry.place}
        if dry and wanted and entry.state != "on":
            say("setup.plan_login", **values)
        elif dry and not wanted and entry.state in ("on", "stale"):
            say("setup.plan_login_removed", **values)
        elif not wanted:
            removed, _ = ([], []) if dry else autostart.remove(self.system, self.home, self.manifest.changed)
            say("setup.login_removed" if removed else "setup.login_off")
        else:
            if entry.state != "on":
                self._start_at_login(entry)
            say("setup.login_done", **values)

    def _start_at_login(self, entry: autostart.Login) -> None:
        if isinstance(entry.place, Path):
            self.manifest.expect({entry.place: None})
        autostart.install(self.system, self.home, self.python)
        if isinstance(entry.place, Path):
            self.manifest.settle({entry.place: entry.place.read_bytes()})

    def _make_folders(self) -> None:
        for folder in (self.home, paths.run_dir(self.home)):
            paths.private_dir(folder)
        for folder in (self.launcher.parent, *(place(self.home) for place in (paths.logs_dir, paths.cache_dir))):
            folder.mkdir(exist_ok=True)

    def _pyzmq(self, dry: bool) -> Path | None:
        cache, log = paths.cache_dir(self.home), paths.logs_dir(self.home) / "install.log"
        if dry:
            return pyzmq.fetched(cache)
        try:
            return pyzmq.fetch(cache, Pip(self.python, log, cache, offline=self.options.offline))
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
