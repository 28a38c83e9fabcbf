"""The plug-in in each editor: there, of this version, turned on, and able to reach the daemon?"""

from __future__ import annotations

import os
from pathlib import Path

from shared import VERSION
from shared.client import link
from shared.machine import location, paths
from shared.machine.location import Location
from shared.machine.paths import WINDOWS

from ..setup import kritarc, login, plugins
from ..setup.installation import Installation
from ..setup.manifest import Manifest
from ..setup.system import System
from . import child
from .finding import INSTALL, Finding, fail, ok, some, warn

SECONDS = 20
_VENDORED = "import sys; sys.path.insert(0, sys.argv[1]); import zmq; zmq.Context().term()"
_IF_NOT = "If the plug-in works, nothing need be done."
_NOT_AN_ENDPOINT = 2  # what the bridge says to an editor that closes at once


def check(home: Path, system: System | None = None) -> list[Finding]:
    system = system or System()
    manifest = Manifest(home)
    editors = plugins.EDITORS.values()
    found = [each for module in editors for each in module.find(system)]
    at_login = any(each.sandboxed for each in found) and _starts_at_login(home, system)
    findings = [finding for each in found for finding in examine(each, home, manifest, at_login=at_login)]
    for title in (title for module in editors for title in module.waiting(system)):
        findings.append(warn(title, "It has never run, so it has no plug-in.", f"Start it once. {INSTALL}"))
    if findings:
        return findings
    titles = " and no ".join(module.TITLE for module in editors)
    return [warn("editors", f"No {titles} was found.", "Once there is one, run install.py again.")]


def examine(editor: Installation, home: Path, manifest: Manifest, *, at_login: bool) -> list[Finding]:
    """What is to be said of one editor: the first thing that is wrong, or that nothing is; and what to be aware of.

    ``at_login``: the daemon is started then.
    """
    first = _plugin(editor, home, manifest)
    if first.state != "ok":
        return [first]
    cautions = [warn(editor.editor, line, _IF_NOT) for line in editor.cautions(home, at_login)]
    return [first, *_changed(editor, manifest), *cautions]


def _starts_at_login(home: Path, system: System) -> bool:
    return login.describe(system, home, paths.venv_python(home)).state == "on"


def _plugin(editor: Installation, home: Path, manifest: Manifest) -> Finding:
    topic, folder = editor.editor, editor.folder
    if not folder.is_dir():
        if editor.key in manifest.editors:
            return fail(topic, f"The plug-in that was in {folder} is gone.")
        return warn(topic, f"There is no plug-in in {folder}.", f"To have one there, {INSTALL[0].lower()}{INSTALL[1:]}")
    try:
        place = location.read(folder)
    except location.LocationError as error:
        return fail(topic, str(error), error.hint)
    wrong = _misplaced(topic, place, home) or _incomplete(topic, editor, manifest) or _passed_over(editor)
    if wrong:
        return wrong
    try:
        way = _way(editor, place.python)
    except child.ChildError as error:
        return fail(topic, f"The plug-in in {folder} can't reach the daemon: {error}.")
    return ok(topic, f"Version {place.version} is in {folder}; {way}.")


def _misplaced(topic: str, place: Location, home: Path) -> Finding | None:
    if place.version != VERSION:
        mend = f"Close {topic}, then run install.py again."
        return fail(topic, f"The plug-in is version {place.version}, and this is {VERSION}.", mend)
    if place.home.resolve() != home.resolve():
        return warn(topic, f"The plug-in belongs to the installation in {place.home}, not to {home}.", INSTALL)
    if not place.python.exists():
        return fail(topic, f"The plug-in looks for {place.python}, which isn't there.")
    return None


def _incomplete(topic: str, editor: Installation, manifest: Manifest) -> Finding | None:
    """Of what another home's installation has put there, only what no plug-in works without is known."""
    script = editor.folder / f"{editor.folder.name}.py"  # what GIMP starts
    first = editor.folder / "__init__.py"  # what Krita imports, and GIMP's script
    parts = (first, editor.folder / "shared" / "__init__.py", *editor.files, *([] if editor.settings else [script]))
    gone = manifest.missing(editor.key) if editor.key in manifest.editors else []
    gone = gone or [path for path in parts if not path.is_file()]
    return fail(topic, f"The plug-in is incomplete, there is no {some(list(map(str, gone)))}.") if gone else None


def _passed_over(editor: Installation) -> Finding | None:
    """Reasons why an editor doesn't load a plug-in that is there: turned off in Krita, may not be run for GIMP."""
    if editor.settings is not None:
        settings = editor.settings.read_bytes() if editor.settings.exists() else b""
        if kritarc.is_enabled(settings, editor.folder.name):
            return None
        mend = "Turn Belladonna on in Settings › Configure Krita › Python Plugin Manager, then restart Krita."
        return fail(editor.editor, f"The plug-in is turned off in {editor.settings}.", mend)
    script = editor.folder / f"{editor.folder.name}.py"
    if WINDOWS or os.access(script, os.X_OK):
        return None
    return fail(editor.editor, f"GIMP passes over {script}, which may not be run.", f"Run: chmod +x '{script}'")


def _changed(editor: Installation, manifest: Manifest) -> list[Finding]:
    """Files that aren't as they were put there. Nothing is known of an installation that another home made."""
    placed = manifest.editors.get(editor.key)
    changed = [path.name for path in placed.present() if manifest.changed(path)] if placed else []
    if not changed:
        return []
    mend = "If you didn't do that, delete them and run install.py again."
    return [warn(editor.editor, f"Files of the plug-in were changed: {some(changed)}.", mend)]


def _way(editor: Installation, python: Path) -> str:
    """How the plug-in reaches the daemon, in words. Raises ``ChildError`` if in no way.

    Its pyzmq is loaded by the private environment's Python, alone: the one in the editor may be another, for which the
    same folder has its own library.
    """
    vendor = editor.folder / "vendor"
    why = "it has no pyzmq of its own, and in its sandbox it can't use another"
    if vendor.is_dir():
        loaded = child.run([str(python), "-I", "-S", "-c", _VENDORED, str(vendor)], SECONDS)
        if loaded.returncode == 0:
            return "its own pyzmq loads"
        why = child.last_words(loaded)
    if editor.sandboxed:
        raise child.ChildError(why)
    bridge = child.run(link.bridge_command(python), SECONDS)
    if bridge.returncode != _NOT_AN_ENDPOINT:
        raise child.ChildError(child.last_words(bridge))
    return "the bridge works"
