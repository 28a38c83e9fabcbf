"""The record of what an installation wrote outside its home, so that exactly that can be removed.

``manifest.json`` in the home holds the SHA-256 of every file that was written, the folders that were made, and how each
editor's settings were. It is saved before the first byte is written: what an interrupted run has left can be taken back
too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.machine import paths
from shared.machine.atomic import replace_file
from shared.machine.filelock import FileLock
from shared.problem import Problem

from . import earlier

FILE = "manifest.json"
FORMAT = 2


@dataclass(frozen=True)
class PluginRecord:
    """A plug-in that was installed: enough to remove it even if its editor can't be found any more."""

    editor: str  # as people call it
    folder: str  # of the plug-in
    elsewhere: list[str]  # its files outside the folder
    settings: str | None  # the editor's own
    before: str | None = None  # the settings before they were changed, in Latin-1 so that any byte fits; None: no file
    written: str = ""  # SHA-256 of the settings as they were changed


class Manifest:
    """The manifest of one home. Every change is saved at once, which may raise ``OSError``."""

    def __init__(self, home: Path) -> None:
        """Raises Problem if there is a manifest that can't be understood."""
        self.path = home / FILE
        self.plugins: dict[str, PluginRecord] = {}  # by the key of the editor
        self._files: dict[str, list[str]] = {}  # path → SHA-256; two while another version of it is being written
        self._folders: list[str] = []
        self.is_earlier = False  # a development version before 0.1.0 wrote it
        try:
            self._load(json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Problem("setup.manifest_damaged", path=self.path) from None

    def exists(self) -> bool:
        """Whether something is installed in this home."""
        return self.path.exists()

    def make_home(self) -> None:
        """Make the home, if need be with the folders that it lies in."""
        home = self.path.parent
        made = _missing(home)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folders += made
        if made or not self.exists():  # else another run may be at work with it
            self._save()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other installations, upgrades and removals of this home out.

        Raises Problem if one is at work, or the pip of one that was killed still is.
        """
        lock = FileLock(paths.run_dir(self.path.parent) / "install.lock")
        if not lock.acquire():
            raise Problem("setup.another_at_work", home=self.path.parent)
        lock.share_with_children()
        try:
            yield
        finally:
            lock.release()

    def expect(self, files: Mapping[Path, bytes | None]) -> None:
        """These files are about to be written; None: a link, which needs no note but that of its folder."""
        for path, data in files.items():
            self._folders += [folder for folder in _missing(path.parent) if folder not in self._folders]
            known = self._files.setdefault(str(path), []) if data is not None else []
            if data is not None and _digest(data) not in known:
                known.append(_digest(data))
        self._save()

    def settle(self, files: Mapping[Path, bytes], instead_of: Iterable[Path] = ()) -> None:
        """These files are there, and ``instead_of`` them are gone: forget what else was known of both."""
        for path in instead_of:
            self._files.pop(str(path), None)
        self._files |= {str(path): [_digest(data)] for path, data in files.items()}
        self._save()

    def record_plugin(self, key: str, record: PluginRecord | None) -> None:
        """Note a plug-in; None: it was removed."""
        self.plugins.pop(key, None)
        if record is not None:
            self.plugins[key] = record
        self._save()

    def known(self) -> list[Path]:
        """Every file that was written."""
        return list(map(Path, self._files))

    def wrote(self, path: Path, data: bytes) -> bool:
        """Whether an installation wrote ``data`` there."""
        return _digest(data) in self._files.get(str(path), ())

    def changed(self, path: Path) -> bool:
        """Whether an existing file differs from what was written, or somebody else wrote it."""
        return not self.wrote(path, path.read_bytes())

    def remove_folders(self) -> None:
        """Remove the folders that were made, also the home and what it lies in, where nothing is left in them."""
        for folder in sorted(self._folders, key=len, reverse=True):
            with contextlib.suppress(OSError):  # not empty, or gone
                os.rmdir(folder)

    def _load(self, content: dict) -> None:
        self.is_earlier = content["format"] == earlier.FORMAT
        if self.is_earlier:
            content = {"format": FORMAT, **earlier.manifest(content)}
        if content["format"] != FORMAT:
            raise ValueError("of another version")
        self.plugins = {key: PluginRecord(**fields) for key, fields in content["plugins"].items()}
        self._files = {path: list(digests) for path, digests in content["files"].items()}
        self._folders = list(content["folders"])

    def _save(self) -> None:
        content = {
            "format": FORMAT,
            "plugins": {key: asdict(record) for key, record in self.plugins.items()},
            "files": self._files,
            "folders": self._folders,
        }
        replace_file(self.path, json.dumps(content, indent=1).encode() + b"\n", 0o600)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _missing(folder: Path) -> list[str]:
    """The folder and those above it, as far as they don't exist."""
    return [str(each) for each in (folder, *folder.parents) if not each.exists()]
