"""A plug-in that was put into an editor: what of it is where, how it was there before, and how to take it out again."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared.machine.atomic import replace_file

from . import kritarc
from .installation import Installation


@dataclass(frozen=True)
class Placed:
    """Noted before the first installation and kept until the last: what it says must not depend on later ones."""

    editor: str  # as people call it
    folder: Path  # of the plug-in
    files: tuple[Path, ...]  # outside the folder
    settings: Path | None
    made: tuple[Path, ...]  # folders that weren't there, the innermost first
    before: kritarc.Before | None  # for ``settings``

    @classmethod
    def note(cls, installation: Installation) -> Placed:
        """What will be written and what is there now. Raises ``OSError``."""
        settings = installation.settings
        targets = (installation.folder, *installation.files, *([settings] if settings else []))
        missing = {parent for target in targets for parent in target.parents if not parent.exists()}
        before = None
        if settings:
            content = settings.read_bytes() if settings.exists() else None
            before = kritarc.Before.of(content, installation.folder.name)
        made = tuple(sorted(missing, key=lambda path: (-len(path.parts), path)))
        return cls(installation.editor, installation.folder, installation.files, settings, made, before)

    def present(self) -> list[Path]:
        """The files that are Belladonna's alone and are there, without compiled Python, in a fixed order."""
        inside = (path for path in self.folder.rglob("*") if "__pycache__" not in path.relative_to(self.folder).parts)
        return sorted(path for path in (*inside, *self.files) if path.is_file())

    def remove(self, unchanged: Callable[[Path], bool]) -> list[Path]:
        """Take the plug-in out and put the settings back as they were. Returns what was kept: the files that changed.

        ``unchanged(path)`` says whether a file is as it was installed. The editor must not run. What is gone already
        is no mistake, so an interrupted removal can be repeated. Raises ``OSError``.
        """
        kept = []
        for path in self.present():
            if unchanged(path):
                path.unlink()
            else:
                kept.append(path)
        self._remove_drafts()
        for cache in list(self.folder.rglob("__pycache__")):
            shutil.rmtree(cache)
        _remove_empty(sorted((path for path in self.folder.rglob("*") if path.is_dir()), reverse=True))
        _remove_empty([self.folder])
        self._restore_settings()
        _remove_empty(self.made)
        return kept

    def to_json(self) -> dict[str, Any]:
        """For a JSON file; ``from_json`` is the way back."""
        return {
            "editor": self.editor,
            "folder": str(self.folder),
            "files": [str(path) for path in self.files],
            "settings": str(self.settings) if self.settings else None,
            "made": [str(path) for path in self.made],
            "before": asdict(self.before) if self.before else None,
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Placed:
        """Raises ``KeyError``, ``TypeError`` or ``ValueError`` if that isn't what ``to_json`` returns."""
        before, settings = fields["before"], fields["settings"]
        return cls(
            editor=fields["editor"],
            folder=Path(fields["folder"]),
            files=tuple(map(Path, fields["files"])),
            settings=Path(settings) if settings else None,
            made=tuple(map(Path, fields["made"])),
            before=kritarc.Before(before["existed"], before["section"], tuple(before["lines"])) if before else None,
        )

    def _remove_drafts(self) -> None:
        """What an interrupted installation left; see ``atomic``."""
        for ending in (".new", ".old"):
            shutil.rmtree(self.folder.with_name(f".{self.folder.name}{ending}"), ignore_errors=True)
        for path in (*self.files, *([self.settings.resolve()] if self.settings else [])):
            path.with_name(f".{path.name}.new").unlink(missing_ok=True)

    def _restore_settings(self) -> None:
        if self.settings is None or self.before is None or not self.settings.exists():
            return
        content = kritarc.restored(self.settings.read_bytes(), self.folder.name, self.before)
        if content is None:
            self.settings.unlink()
        else:
            replace_file(self.settings, content)


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # not empty, or not there
            folder.rmdir()
