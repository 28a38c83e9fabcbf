"""What an installation has put outside its home, so that all of it can be taken back and nothing else.

``manifest.json`` in the home holds how each editor was before its plug-in came, the SHA-256 of every file that was
written, and the folders that were made. It is noted before the first byte is written: what an interrupted run has left
can be taken back too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from shared.machine.atomic import replace_file

from .errors import InstallError
from .installation import Installation
from .placed import Placed

FILE = "manifest.json"
FORMAT = 1


class Manifest:
    """The manifest of one home. Every change is saved at once."""

    def __init__(self, home: Path) -> None:
        """Raises InstallError if there is a manifest that can't be understood."""
        self.path = home / FILE
        self.editors: dict[str, Placed] = {}
        self._writing: set[str] = set()  # editors whose plug-in is being written, or was when the run ended
        self._files: dict[str, str] = {}  # path → SHA-256
        self._folders: list[str] = []
        try:
            self._load(json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InstallError(
                f"{self.path} is damaged, so what was installed where isn't known any more.",
                "Move that file away and run install.py again, which writes a new one.",
            ) from None

    def exists(self) -> bool:
        return self.path.exists()

    def make_home(self) -> None:
        """Make the home, if need be with the folders that it lies in. Raises ``OSError``."""
        home = self.path.parent
        missing = _missing(home)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._note_folders(missing)
        if missing or not self.exists():  # else another run may be at work with it
            self._save()

    def begin(self, installation: Installation) -> None:
        """A plug-in is about to be put there. How things were is noted the first time only. Raises ``OSError``."""
        known = self.editors.get(installation.key)
        if known is not None and known.folder != installation.folder:
            self.remove_editor(installation.key)  # the artist has told the editor to look elsewhere
            known = None
        if known is None:
            self.editors[installation.key] = Placed.note(installation)
        self._writing.add(installation.key)
        self._save()

    def finish(self, installation: Installation) -> None:
        """The plug-in is there. Raises ``OSError``."""
        placed = self.editors[installation.key]
        inside = str(placed.folder) + os.sep
        self._files = {name: digest for name, digest in self._files.items() if not name.startswith(inside)}
        self._files |= {str(path): digest(path) for path in placed.present()}
        self._writing.discard(installation.key)
        self._save()

    def remove_editor(self, key: str) -> list[Path]:
        """Take the plug-in out of an editor. Returns the files that are kept, since they were changed.

        Raises ``OSError``; it can be repeated then.
        """
        unfinished = key in self._writing
        kept = self.editors[key].remove(lambda path: unfinished or not self.changed(path))
        self._note_folders(self.editors[key].made)  # something else may lie in them yet
        del self.editors[key]
        self._writing.discard(key)
        self._save()
        return kept

    def foresee(self, path: Path) -> None:
        """A file is about to be written: note the folders that must be made for it."""
        self._note_folders(_missing(path.parent))
        self._save()

    def made(self, what: Iterable[Path | str]) -> None:
        """Note files, links and folders that were made; values in the registry, as text, need no note."""
        paths = [path for path in what if isinstance(path, Path)]
        self._files |= {str(path): digest(path) for path in paths if path.is_symlink() or path.is_file()}
        self._note_folders(path for path in paths if path.is_dir() and not path.is_symlink())
        self._save()

    def changed(self, path: Path) -> bool:
        """Whether a file isn't as it was written, or it isn't known who wrote it."""
        return self._files.get(str(path)) != digest(path)

    def noted(self, path: Path) -> str:
        """The SHA-256 that a file had when it was written; empty if it isn't known who wrote it."""
        return self._files.get(str(path), "")

    def missing(self, key: str) -> list[Path]:
        """The files of the plug-in in an editor that were put there and are gone, in a fixed order."""
        placed = self.editors[key]
        inside = str(placed.folder) + os.sep
        noted = (Path(name) for name in self._files if name.startswith(inside))
        return sorted(path for path in (*noted, *placed.files) if not path.is_file())

    def unfinished(self, key: str) -> bool:
        """Whether an installation of the plug-in was interrupted: then it isn't known whose which file is."""
        return key in self._writing

    def remove_folders(self) -> None:
        """Remove the folders that were made, also the home and what it lies in, where nothing is left in them."""
        for folder in sorted(map(Path, self._folders), key=lambda path: len(path.parts), reverse=True):
            with contextlib.suppress(OSError):  # not empty, or gone
                folder.rmdir()

    def _note_folders(self, folders: Iterable[Path]) -> None:
        self._folders += [str(folder) for folder in folders if str(folder) not in self._folders]

    def _load(self, content: dict) -> None:
        if content["format"] != FORMAT:
            raise ValueError("of a later version")
        self.editors = {key: Placed.from_json(fields) for key, fields in content["editors"].items()}
        self._writing = set(content["writing"])
        self._files, self._folders = dict(content["files"]), list(content["folders"])

    def _save(self) -> None:
        content = {
            "format": FORMAT,
            "editors": {key: placed.to_json() for key, placed in self.editors.items()},
            "writing": sorted(self._writing),
            "files": self._files,
            "folders": self._folders,
        }
        replace_file(self.path, json.dumps(content, indent=1).encode() + b"\n", 0o600)


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes or of where a link points; empty if there is neither."""
    if path.is_symlink():
        return hashlib.sha256(b"link to " + os.fsencode(os.readlink(path))).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _missing(folder: Path) -> list[Path]:
    """The folder and those above it, as far as they don't exist."""
    return [each for each in (folder, *folder.parents) if not each.exists()]
