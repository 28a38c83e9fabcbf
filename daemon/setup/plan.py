"""``--dry-run``: what an installation would do. Writes nothing at all."""

from __future__ import annotations

from shared import VERSION
from shared.machine import paths
from shared.machine.location import Location

from . import command, login, plugins, vendor
from .installer import Installer


def lines(installer: Installer) -> list[str]:
    """One for each thing that would be done, and for each that is as it should be. Raises InstallError."""
    return [*_environment(installer), *_editors(installer), *_outside(installer)]


def _environment(installer: Installer) -> list[str]:
    pending = installer.pending()
    if not pending:
        return [f"{installer.current.venv} is up to date."]
    build, names = installer.build, ", ".join(step.name for step in pending)
    found = [f"Would make {installer.current.venv}: {names}; the old one works until the new one is complete."]
    if any(step.name == "torch" for step in pending):
        where = build.index or "PyPI"
        found.append(
            f"Would take torch for {build.name} ({installer.reason}) from {where}: {build.gigabytes:g} GB in all."
        )
    return found


def _editors(installer: Installer) -> list[str]:
    editors, system = installer.options.editors, installer.system
    location = Location(installer.home, installer.current.python, VERSION)
    pyzmq = vendor.folder(paths.cache_dir(installer.home))
    fetched = pyzmq if pyzmq.is_dir() else None
    said = []
    for name, installations in plugins.find(editors, system).items():
        for each in installations:
            step = plugins.step(name, each, installer.checkout, location, fetched, installer.manifest)
            if installer.record.done(step):
                said.append(f"{each.editor} has its plug-in in {each.folder}.")
                continue
            said.append(f"Would put the plug-in into {each.editor}: {each.folder}")
            said += [f"Would write {path}" for path in each.files]
            said += [f"Would turn it on in {each.settings}"] if each.settings else []
            if each.running() and not installer.options.while_running:
                said.append(f"{each.editor} is running and must be closed for that.")
    said += [f"{title} must be started once before it can get a plug-in." for title in plugins.waiting(editors, system)]
    return said or (["Found no editor."] if editors else [])


def _outside(installer: Installer) -> list[str]:
    system, home, said = installer.system, installer.home, []
    place = command.place(system)
    if place is not None and not command.present(system, installer.launcher):
        said.append(f"Would make the command {place}")
    entry = login.describe(system, home, installer.current.python)
    if installer.options.login and entry.state != "on":
        said.append(f"Would start the daemon at login by the {entry.way} {entry.place}")
    if not installer.options.login and entry.state in ("on", "stale"):
        said.append(f"Would remove the {entry.way} {entry.place}")
    return said
