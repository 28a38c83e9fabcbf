"""Install a plug-in into an editor and remove it again. Files that the user changed are never lost."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from shared.machine import location as locations
from shared.machine.atomic import remove_drafts, replace_file, replace_folder
from shared.machine.location import Location
from shared.machine.paths import WINDOWS

from .. import sources
from ..manifest import Manifest, PluginRecord
from . import kritarc
from .installation import NAME, Installation

KEPT = "kept"
"""The folder in the home for files that the user had changed and a newer one took the place of."""


@dataclass(frozen=True)
class Changes:
    """What to do so that a plug-in is as it should be."""

    write: dict[Path, bytes]
    remove: list[Path]
    keep: list[Path]  # the user's among these: copied before


def content(editor: Installation, root: Path, location: Location, pyzmq: Path | None) -> dict[Path, bytes]:
    """All files of a plug-in, by where they go. ``pyzmq``: the folder with it, if there is one.

    Raises ``OSError``, and ``LocationError`` for a path that no text can hold.
    """
    folders = {editor.folder: root / editor.source, editor.folder / "shared": root / "shared"}
    folders |= {editor.folder / "vendor": pyzmq} if pyzmq else {}
    files = {}
    for target, source in folders.items():
        for path in sources.inside(source):
            name = path.relative_to(source).as_posix()
            files[editor.elsewhere.get(name, target / name)] = path.read_bytes()
    with tempfile.TemporaryDirectory() as place:
        locations.write(replace(location, sandboxed=editor.sandboxed), Path(place))
        files[editor.folder / locations.FILE] = (Path(place) / locations.FILE).read_bytes()
    return files


def compare(editor: Installation, wanted: Mapping[Path, bytes], manifest: Manifest) -> Changes:
    """What to change. A file that the user changed stays, unless there is a newer version of it. Raises ``OSError``."""
    changes = Changes({}, [], [])
    known = {path for path in manifest.known() if path.is_relative_to(editor.folder)}
    for path in sorted({*wanted, *present(editor.folder, editor.elsewhere.values())}):
        new, old = wanted.get(path), path.read_bytes() if path.is_file() else None
        runnable = path != editor.program or old is None or WINDOWS or os.access(path, os.X_OK)
        if new == old and runnable:
            continue
        users = old is not None and old != new and not manifest.wrote(path, old)
        if users and (path not in known if new is None else manifest.wrote(path, new)):
            continue
        changes.keep.extend([path] if users else [])
        if new is None:
            changes.remove.append(path)
        else:
            changes.write[path] = new
    return changes


def in_place(editor: Installation, wanted: Mapping[Path, bytes], manifest: Manifest) -> bool:
    """Whether the plug-in is installed, up to date and turned on. Raises ``OSError``."""
    record = manifest.plugins.get(editor.key)
    if record is None or record.folder != str(editor.folder):
        return False
    if compare(editor, wanted, manifest) != Changes({}, [], []):
        return False
    return editor.settings is None or kritarc.is_enabled(_read(editor.settings) or b"", NAME)


def put(editor: Installation, wanted: Mapping[Path, bytes], manifest: Manifest) -> Path | None:
    """Install or upgrade the plug-in. An interruption leaves the old one or the new one. Raises ``OSError``.

    Returns the folder with the user's versions of files that were replaced; None if there are none.
    """
    record = manifest.plugins.get(editor.key)
    if record is not None and record.folder != str(editor.folder):
        take(editor.key, manifest)  # the artist has told the editor to look elsewhere
        record = None
    changes = compare(editor, wanted, manifest)
    kept = _keep(editor, changes.keep, manifest.path.parent / KEPT)
    elsewhere, settings = list(editor.elsewhere.values()), editor.settings
    if record is None:
        record = PluginRecord(
            editor.editor, str(editor.folder), list(map(str, elsewhere)), str(settings) if settings else None
        )
    manifest.record_plugin(editor.key, record)
    manifest.expect(wanted)
    manifest.expect({settings: None} if settings else {})
    replace_folder(editor.folder, lambda draft: _fill(draft, editor, changes))
    for path in elsewhere:
        if path in changes.write:
            replace_file(path, changes.write[path])
        elif path in changes.remove:
            path.unlink()
    manifest.settle(wanted, instead_of=changes.remove)
    _turn_on(editor, manifest)
    return kept


def take(key: str, manifest: Manifest) -> list[Path]:
    """Remove the plug-in from the editor of that key. Returns the files that are kept because the user changed them.

    The editor must not run. Raises ``OSError``; it can be repeated then.
    """
    record, kept = manifest.plugins[key], []
    folder, elsewhere = Path(record.folder), list(map(Path, record.elsewhere))
    for path in present(folder, elsewhere):
        if manifest.changed(path):
            kept.append(path)
        else:
            path.unlink()
    _tidy(folder, elsewhere)
    _turn_off(record)
    manifest.settle({}, instead_of=[*elsewhere, *(path for path in manifest.known() if path.is_relative_to(folder))])
    manifest.record_plugin(key, None)
    manifest.remove_folders()
    return kept


def _tidy(folder: Path, elsewhere: Iterable[Path]) -> None:
    """Remove what the editor has compiled, what killed runs have left, and the folders that are empty then."""
    for leftover in (folder.with_name(f".{folder.name}.{ending}") for ending in ("new", "old")):
        shutil.rmtree(leftover, ignore_errors=True)  # of replace_folder
    for path in elsewhere:
        remove_drafts(path)
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    for each in (*sorted(folder.rglob("*"), reverse=True), folder):
        with contextlib.suppress(OSError):  # a file, not empty, or not there
            each.rmdir()


def present(folder: Path, elsewhere: Iterable[Path]) -> list[Path]:
    """The files of a plug-in that are there, without compiled Python, in a fixed order."""
    inside = (path for path in folder.rglob("*") if "__pycache__" not in path.relative_to(folder).parts)
    return sorted(path for path in (*inside, *elsewhere) if path.is_file())


def _fill(draft: Path, editor: Installation, changes: Changes) -> None:
    if editor.folder.is_dir():
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(editor.folder, draft, symlinks=True, ignore=ignore, dirs_exist_ok=True)
    for path, data in changes.write.items():
        if path.is_relative_to(editor.folder):
            target = draft / path.relative_to(editor.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            if path == editor.program:
                target.chmod(0o755)
    for path in changes.remove:
        if path.is_relative_to(editor.folder):
            (draft / path.relative_to(editor.folder)).unlink()
    for folder in sorted(draft.rglob("*"), reverse=True):
        with contextlib.suppress(OSError):  # a file, or not empty
            folder.rmdir()


def _keep(editor: Installation, files: Iterable[Path], parent: Path) -> Path | None:
    """Copy the user's files into a new folder in ``parent``."""
    if not files:
        return None
    parent.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=time.strftime("%Y-%m-%d "), dir=parent))
    for path in files:
        copy = place / (path.relative_to(editor.folder) if path.is_relative_to(editor.folder) else path.name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return place


def _turn_on(editor: Installation, manifest: Manifest) -> None:
    """Have the editor load the plug-in, with a note of how its settings were."""
    record, path = manifest.plugins[editor.key], editor.settings
    now = _read(path)
    if path is None or (record.written and kritarc.is_enabled(now or b"", NAME)):
        return
    settings = kritarc.enabled(now or b"", NAME)
    rewritten = now is not None and record.written and now != _before(record)
    before = kritarc.without(now, NAME) if now is not None and rewritten else now
    text = None if before is None else before.decode("latin-1")
    manifest.record_plugin(editor.key, replace(record, before=text, written=_digest(settings)))
    replace_file(path, settings)


def _turn_off(record: PluginRecord) -> None:
    """Put the editor's settings back: to the byte if nothing else has changed in them."""
    path = Path(record.settings) if record.settings else None
    now, before = _read(path), _before(record)
    if path is not None:
        remove_drafts(path.resolve())
    if path is None or now is None or now == before:
        return
    restored = before if _digest(now) == record.written else kritarc.without(now, NAME)
    if restored is None or (before is None and not restored.strip()):
        path.unlink()
    else:
        replace_file(path, restored)


def _before(record: PluginRecord) -> bytes | None:
    return None if record.before is None else record.before.encode("latin-1")


def _read(path: Path | None) -> bytes | None:
    return path.read_bytes() if path is not None and path.is_file() else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
