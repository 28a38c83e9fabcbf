"""Is each editor's plug-in installed, of this version, turned on, and able to reach the daemon?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shared import VERSION
from shared.client import link
from shared.machine import location, paths
from shared.machine.location import Location, LocationError

from ..setup import editors, sources
from ..setup.editors import kritarc, plugin, pyzmq
from ..setup.editors.installation import NAME, Installation
from ..setup.environment import child
from ..setup.login import autostart
from ..setup.manifest import Manifest
from ..setup.system import System
from .finding import Finding, fail, failed, ok, some, warn

SECONDS = 20
_VENDORED = "import sys; sys.path.insert(0, sys.argv[1]); import zmq; zmq.Context().term()"
_NOT_AN_ENDPOINT = 2  # what the bridge says to an editor that closes at once


def check(home: Path, system: System | None = None) -> list[Finding]:
    """The findings about every editor of this user."""
    system = system or System()
    manifest, found = Manifest(home), editors.find(system)
    at_login = any(each.sandboxed for each in found) and _starts_at_login(home, system)
    findings = [finding for each in found for finding in examine(each, home, manifest, at_login=at_login)]
    findings += [warn(title, "doctor.never_run") for title in editors.waiting(system)]
    return findings or [warn("editors", "doctor.no_editor", editors=" and no ".join(editors.titles()))]


def examine(editor: Installation, home: Path, manifest: Manifest, *, at_login: bool) -> list[Finding]:
    """The findings about one editor: the first fault, or that there is none, followed by cautions.

    ``at_login``: the daemon is started at login.
    """
    topic, folder = editor.editor, editor.folder
    if not folder.is_dir():
        gone = editor.key in manifest.plugins
        return [
            fail(topic, "doctor.plugin_gone", folder=folder) if gone else warn(topic, "doctor.no_plugin", folder=folder)
        ]
    try:
        place = location.read(folder)
        wanted = plugin.content(editor, sources.ROOT, place, pyzmq.fetched(paths.cache_dir(home)))
    except LocationError as error:
        return [failed(topic, error)]
    wrong = _misplaced(topic, place, home) or _incomplete(editor, wanted, manifest)
    if wrong:
        return [wrong]
    try:
        way = _way(editor, place.python)
    except child.ChildError as error:
        return [fail(topic, "doctor.plugin_cut_off", folder=folder, reason=error)]
    findings = [ok(topic, way, folder=folder, version=place.version), *_changed(editor, wanted, manifest)]
    return findings + [warn(topic, "doctor.caution", caution=line) for line in editor.cautions(home, at_login)]


def _starts_at_login(home: Path, system: System) -> bool:
    return autostart.describe(system, home, paths.venv_python(home)).state == "on"


def _misplaced(topic: str, place: Location, home: Path) -> Finding | None:
    if place.version != VERSION:
        return fail(topic, "doctor.plugin_version", editor=topic, found=place.version, version=VERSION)
    if place.home.resolve() != home.resolve():
        return warn(topic, "doctor.plugin_other_home", found=place.home, home=home)
    return None if place.python.exists() else fail(topic, "doctor.plugin_no_python", python=place.python)


def _incomplete(editor: Installation, wanted: Mapping[Path, bytes], manifest: Manifest) -> Finding | None:
    """Whether a file of this version is missing or outdated, or Krita doesn't load the plug-in."""
    changes = plugin.compare(editor, wanted, manifest)
    wrong = [path for path in changes.write if path not in changes.keep]
    if wrong:
        return fail(editor.editor, "doctor.plugin_incomplete", names=some(wrong))
    settings = editor.settings
    if settings is None or (settings.is_file() and kritarc.is_enabled(settings.read_bytes(), NAME)):
        return None
    return fail(editor.editor, "doctor.plugin_off", settings=settings)


def _changed(editor: Installation, wanted: Mapping[Path, bytes], manifest: Manifest) -> list[Finding]:
    """Files that were changed after installation. Unknown for a plug-in that another home installed."""
    there = plugin.present(editor.folder, editor.elsewhere.values()) if editor.key in manifest.plugins else []
    changed = [path.name for path in there if manifest.changed(path) and wanted.get(path) != path.read_bytes()]
    return [warn(editor.editor, "doctor.plugin_changed", names=some(changed))] if changed else []


def _way(editor: Installation, python: Path) -> str:
    """The key of the text that says how the plug-in reaches the daemon. Raises ``ChildError`` if it can't.

    Its pyzmq is loaded by the private environment's Python, alone: the one in the editor may be another, for which the
    same folder has its own library.
    """
    vendor = editor.folder / "vendor"
    why = "it has no pyzmq of its own, and in its sandbox it can't use another"
    if vendor.is_dir():
        loaded = child.run([str(python), "-I", "-S", "-c", _VENDORED, str(vendor)], SECONDS)
        if loaded.returncode == 0:
            return "doctor.plugin_pyzmq"
        why = child.last_words(loaded)
    if editor.sandboxed:
        raise child.ChildError(why)
    bridge = child.run(link.bridge_command(python), SECONDS)
    if bridge.returncode != _NOT_AN_ENDPOINT:
        raise child.ChildError(child.last_words(bridge))
    return "doctor.plugin_bridge"
