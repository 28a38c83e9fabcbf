"""``--dry-run``: what an installation would do. Writes nothing at all, and needs no environment."""

from __future__ import annotations

from collections.abc import Iterator

from shared.machine import paths
from shared.wording import text

from . import command, editors
from .editors import plugin, pyzmq
from .environment.builder import Builder
from .installer import Installer
from .login import autostart


def environment(builder: Builder) -> list[str]:
    """What would be done about the private environment. Raises Problem."""
    if builder.complete():
        return [text("setup.plan_environment_right", path=builder.slots.link)]
    build = builder.build
    where = {"build": build.name, "reason": builder.reason, "index": build.index or "PyPI"}
    return [
        text("setup.plan_environment", path=builder.slots.link),
        text("setup.plan_torch", size=f"{build.gigabytes:g}", **where),
    ]


def outside(installer: Installer) -> list[str]:
    """What would be done outside it. Raises Problem and ``OSError``."""
    return [*_editors(installer), *_command(installer), *_login(installer)]


def _editors(installer: Installer) -> Iterator[str]:
    names, system = installer.options.editors, installer.system
    fetched = pyzmq.fetched(paths.cache_dir(installer.home))
    found, waiting = editors.find(system, names), editors.waiting(system, names)
    for editor in found:
        wanted = installer.plugin_content(editor, fetched)
        if plugin.in_place(editor, wanted, installer.manifest):
            yield text("setup.plan_plugin_right", editor=editor.editor, folder=editor.folder)
            continue
        yield text("setup.plan_plugin", editor=editor.editor, folder=editor.folder)
        yield from (text("setup.plan_file", path=path) for path in editor.elsewhere.values())
        if editor.settings is not None:
            yield text("setup.plan_settings", path=editor.settings)
        running = editor.running()
        if running is not False and not installer.options.while_running:
            yield text("setup.plan_running" if running else "setup.plan_may_run", editor=editor.editor)
    yield from (text("setup.plan_start_once", editor=title) for title in waiting)
    if names and not found and not waiting:
        yield text("setup.plan_no_editor", editors=" or ".join(editors.titles(names)))


def _command(installer: Installer) -> Iterator[str]:
    place = command.place(installer.system)
    if place is not None and not command.present(installer.system, installer.launcher):
        yield text("setup.plan_command", path=place)


def _login(installer: Installer) -> Iterator[str]:
    entry = autostart.describe(installer.system, installer.home, installer.python)
    if installer.options.login and entry.state != "on":
        yield text("setup.plan_login", way=entry.way, place=entry.place)
    if not installer.options.login and entry.state in ("on", "stale"):
        yield text("setup.plan_login_removed", way=entry.way, place=entry.place)
