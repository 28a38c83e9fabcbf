"""The user's own changes to a plug-in: they are not lost when it is put there anew."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from shared.machine.atomic import replace_file

from .installation import Installation
from .manifest import Manifest

FOLDER = "kept"
"""In the home. Only the user removes what is in there."""


class Theirs:
    """The files of a plug-in that aren't as they were put there, copied before anything is replaced."""

    def __init__(self, manifest: Manifest, installation: Installation) -> None:
        """``place`` is the folder with the copies; None if there are none. Raises ``OSError``."""
        placed = manifest.editors.get(installation.key)
        if placed is None or placed.folder != installation.folder or manifest.unfinished(installation.key):
            changed = []  # nothing is there yet, or nobody knows what is whose
        else:
            changed = [path for path in placed.present() if manifest.changed(path)]
        self._noted = {path: manifest.noted(path) for path in changed}
        self._folder = installation.folder
        self.place = _new_folder(manifest.path.parent / FOLDER) if changed else None
        for path in changed:
            copy = self._copy(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)

    def give_back(self, manifest: Manifest) -> list[str]:
        """Once the plug-in is there: put back what it has brought no newer file for. Raises ``OSError``.

        Returns the names of the others, whose copies stay in ``place``.
        """
        replaced = []
        for path, noted in self._noted.items():
            copy = self._copy(path)
            theirs = copy.read_bytes()
            if path.is_file() and path.read_bytes() == theirs:
                copy.unlink()
            elif manifest.noted(path) == noted:
                replace_file(path, theirs)
                copy.unlink()
            else:
                replaced.append(copy.name)
        if self.place is not None:
            _remove_empty(self.place)
        return replaced

    def _copy(self, path: Path) -> Path:
        assert self.place is not None
        return self.place / (path.relative_to(self._folder) if path.is_relative_to(self._folder) else path.name)


def _new_folder(parent: Path) -> Path:
    parent.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=time.strftime("%Y-%m-%d "), dir=parent))


def _remove_empty(place: Path) -> None:
    """Remove it with the folders in it, and the one that it lies in, as far as nothing is left there."""
    inside = sorted((path for path in place.rglob("*") if path.is_dir()), reverse=True)
    for folder in (*inside, place, place.parent):
        with contextlib.suppress(OSError):
            folder.rmdir()
