"""Is an environment whole? pip's own check and an import of its packages decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import child, probe

_SECONDS = 120


@dataclass(frozen=True)
class Health:
    """What ``probe`` prints."""

    fault: str = ""  # why its Python or its pip doesn't even run, as the end of a sentence; then the rest isn't known
    python: str = ""  # version
    belladonna: str | None = None  # version; None: it isn't there
    packages: int = 0  # how many it needs
    conflicts: Sequence[str] = ()  # pip's lines about packages that are missing or don't fit together
    broken: Mapping[str, str] = field(default_factory=dict)  # package → why it can't be loaded

    @property
    def whole(self) -> bool:
        """Whether Belladonna is there and nothing is wrong."""
        return self.belladonna is not None and not self.first_fault

    @property
    def first_fault(self) -> str:
        """One reason why it isn't whole, as the end of a sentence; empty if there is none."""
        faults = [self.fault, *self.conflicts, *(f"{name}: {why}" for name, why in self.broken.items())]
        return next((fault.rstrip(".") for fault in faults if fault), "")


def look(python: Path) -> Health:
    """Examine the environment of this Python, in a few seconds. Writes nothing there."""
    try:
        return Health(**child.ask(python, Path(probe.__file__), _SECONDS))
    except child.ChildError as error:
        return Health(str(error))
