"""The editors of this user: where they are on each system, and their plug-ins put there and taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from ..options import EDITORS
from ..system import System
from . import gimp, krita
from .installation import Installation

MODULES: dict[str, ModuleType] = dict(zip(EDITORS, (krita, gimp), strict=True))
"""Name, as ``--editors`` takes it → its module."""


def find(system: System, names: Sequence[str] = EDITORS) -> list[Installation]:
    """The editors of these names that can get a plug-in."""
    return [each for name in names for each in MODULES[name].find(system)]


def waiting(system: System, names: Sequence[str] = EDITORS) -> list[str]:
    """What the editors are called that must be started once before they can get a plug-in."""
    return [title for name in names for title in MODULES[name].waiting(system)]


def titles(names: Sequence[str] = EDITORS) -> list[str]:
    """What the editors of these names are called."""
    return [MODULES[name].TITLE for name in names]
