"""Start the daemon at login. Editors start it when they need it, which takes a moment, and a sandboxed editor
can't start it at all.

Linux has two ways: a systemd user unit where systemd answers, else XDG autostart. An entry belongs to the home that it
starts; another home's, or one that isn't Belladonna's, is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.problem import Problem

from ..system import System
from . import entries
from .entries import Entry

State = Literal["on", "off", "stale", "foreign"]


@dataclass(frozen=True)
class Login:
    """Whether a home's daemon is started at login, and by what.

    ``on``; ``off``: ``place`` is where it would go; ``stale``: as another version wrote it, for another Python, or
    changed by hand; ``foreign``: what is there is for another home, or isn't Belladonna's.
    """

    state: State
    way: str  # as people call it: "systemd user unit"
    place: Path | str  # a file, or a value in the registry


def install(system: System, home: Path, python: Path) -> None:
    """Have the daemon of this home started at login by ``python``. Nothing is written if that is so already.

    Raises Problem and ``OSError``.
    """
    for path in map(str, (home, python)):
        if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in path):
            raise Problem("setup.login_path", path=repr(path))
    best, *others = _entries(system)
    content = best.content()
    if content is not None and best.mark(home) not in content:
        raise Problem("setup.login_foreign", place=best.place)
    best.put(best.text(home, python))
    for other in others:
        if other.mark(home) in (other.content() or b""):
            other.take()  # started twice, the second daemon would find the first and leave, but why start it


def remove(
    system: System, home: Path, changed: Callable[[Path], bool] = lambda _: False
) -> tuple[list[Path | str], list[Path]]:
    """Stop starting the daemon of this home at login. Returns what was removed, and what was kept.

    A file for which ``changed(path)`` holds is kept, switched off where that is possible. What is another home's stays
    as it is. Raises ``OSError``.
    """
    removed: list[Path | str] = []
    kept: list[Path] = []
    for entry in _entries(system):
        content = entry.content()
        if content is not None and entry.mark(home) not in content:
            continue
        theirs = [entry.place] if content is not None and isinstance(entry.place, Path) and changed(entry.place) else []
        removed += entry.take(keep=bool(theirs))
        kept += theirs
    return removed, kept


def describe(system: System, home: Path, python: Path) -> Login:
    """The current state for this home; changes nothing. Raises ``OSError``."""
    best, *others = _entries(system)
    for entry in (best, *others):
        content = entry.content()
        if content is not None and entry.mark(home) in content:
            right = content == entry.text(home, python)
            return Login("off" if not entry.active() else "on" if right else "stale", entry.name, entry.place)
    return Login("off" if best.content() is None else "foreign", best.name, best.place)


def _entries(system: System) -> Sequence[Entry]:
    """Every place where an entry may lie on this kind of system, the best first."""
    if system.platform == "win32":
        return [entries.RunEntry()]
    if system.platform == "darwin":
        return [entries.agent(system)]
    ways = [entries.unit(system), entries.autostart(system)]
    return ways if entries.answers(system) else ways[::-1]
