"""The editors of this user: finding them on each system, installing their plug-ins and removing them."""

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
    """The names of the editors that must be started once before they can get a plug-in."""
    return [title for name in names for title in MODULES[name].waiting(system)]


def titles(names: Sequence[str] = EDITORS) -> list[str]:
    """The editors' names for people."""
    return [MODULES[name].TITLE for name in names]
