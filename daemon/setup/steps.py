"""The parts of an installation, and the file that says which of them are done and from what.

A step is done again when what it is made from has changed. One that was interrupted has left no entry, so that the
next run repairs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.machine.atomic import replace_file

HOME_RECORD = "installed.json"
"""In the home: the record of what isn't in the environment, and of what the user has chosen."""


@dataclass(frozen=True)
class Step:
    """One part. It is done if the record says so for ``source`` and ``intact()`` agrees."""

    name: str  # key in the record
    source: str  # what it is made from: a version or a hash
    intact: Callable[[], bool]
    run: Callable[[], None]


class Record:
    """A file of JSON, step → source. One that is missing or damaged says that nothing is done."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sources: dict[str, str] = {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if isinstance(content, dict):
            self._sources = content

    def __bool__(self) -> bool:
        return bool(self._sources)

    def exists(self) -> bool:
        return self._path.exists()

    def get(self, name: str) -> str | None:
        return self._sources.get(name)

    def note(self, name: str, source: str) -> None:
        """Save an entry that is no step's."""
        if self._sources.get(name) != source:
            self._sources[name] = source
            self._save()

    def done(self, step: Step) -> bool:
        return self._sources.get(step.name) == step.source and step.intact()

    def pending(self, steps: Sequence[Step]) -> Sequence[Step]:
        """The steps from the first on that isn't done: each is built on those before it."""
        return next((steps[index:] for index, step in enumerate(steps) if not self.done(step)), [])

    def perform(self, step: Step) -> None:
        """Do a step. Raises what it raises."""
        self._sources.pop(step.name, None)
        self._save()
        step.run()
        self._sources[step.name] = step.source
        self._save()

    def _save(self) -> None:
        replace_file(self._path, json.dumps(self._sources, indent=2).encode() + b"\n")
