"""Start the daemon at login. Editors start it anyway when they need it: this saves the wait, and a sandboxed editor,
which can't start programs outside, needs it.

Linux has two ways: a systemd user unit where systemd answers, else XDG autostart. An entry belongs to the home that it
starts; another home's, or one that isn't Belladonna's, is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from . import login_registry, login_texts
from .errors import InstallError
from .login_entries import AgentEntry, Entry, FileEntry, Runner, UnitEntry, run
from .login_registry import Registry
from .system import System


@dataclass(frozen=True)
class Login:
    """Whether a home's daemon is started at login, and by what.

    ``on``; ``off``: ``place`` is where it would go; ``stale``: as another version wrote it, for another Python, or
    changed by hand; ``foreign``: what is there is for another home, or isn't Belladonna's.
    """

    state: Literal["on", "off", "stale", "foreign"]
    way: str  # as people call it: "systemd user unit"
    place: str  # a file, or a value in the registry


@dataclass(frozen=True)
class Removal:
    """What ``remove`` did: files, or values in the registry."""

    removed: list[Path | str]
    kept: list[Path | str]  # this home's, but changed by hand


def targets(system: System, *, run: Runner = run, registry: Registry | None = None) -> list[Path]:
    """The files and links that ``install`` would write, so that a manifest can note what is there before."""
    return _best(_entries(system, run, registry)).targets


def install(
    system: System, home: Path, python: Path, *, run: Runner = run, registry: Registry | None = None
) -> list[Path | str]:
    """Have the daemon of this home started at login by ``python``. What is right already isn't written.

    Returns the files and links that this consists of, or the registry's value. Raises InstallError and ``OSError``.
    """
    _check(home, python)
    entries = _entries(system, run, registry)
    best = _best(entries)
    content = best.content()
    if content is not None and best.mark(home) not in content:
        raise InstallError(
            f"{best.place} is not this Belladonna's, so it was left as it is: the daemon isn't started at login.",
            "Remove that, then run this again, or use --no-login.",
        )
    best.put(best.text(home, python))
    for other in entries:
        if other is not best and other.mark(home) in (other.content() or b""):
            other.take()  # started twice, the second daemon would find the first and leave, but why start it
    return [*best.targets] or [best.place]


def remove(
    system: System,
    home: Path,
    *,
    changed: Callable[[Path], bool] = lambda _: False,
    run: Runner = run,
    registry: Registry | None = None,
) -> Removal:
    """Have the daemon of this home started at login no longer, and take away what ``install`` put there.

    A file for which ``changed(path)`` holds stays, switched off where that is possible. What is another home's stays as
    it is. Raises ``OSError``.
    """
    removal = Removal([], [])
    for entry in _entries(system, run, registry):
        content = entry.content()
        if content is not None and entry.mark(home) not in content:
            continue
        keep = content is not None and isinstance(entry.place, Path) and changed(entry.place)
        removal.removed.extend(entry.take(keep_text=keep))
        removal.kept.extend([entry.place] if keep else [])
    return removal


def describe(system: System, home: Path, python: Path, *, run: Runner = run, registry: Registry | None = None) -> Login:
    """What there is for this home; changes nothing. Raises ``OSError``."""
    entries = _entries(system, run, registry)
    contents = [(entry, entry.content()) for entry in entries]
    for entry, content in contents:
        if content is not None and entry.mark(home) in content:
            right = content == entry.text(home, python)
            return _login("off" if not entry.active() else "on" if right else "stale", entry)
    best = _best(entries)
    return _login("off" if best.content() is None else "foreign", best)


def _login(state: Literal["on", "off", "stale", "foreign"], entry: Entry) -> Login:
    return Login(state, entry.name, str(entry.place))


def _entries(system: System, run: Runner, registry: Registry | None) -> list[Entry]:
    """Every place where an entry may lie on this kind of system, the best first."""
    if system.platform == "win32":
        return [login_registry.RunEntry(login_registry.RunKey() if registry is None else registry)]
    if system.platform == "darwin":
        return [AgentEntry(system.home, run)]
    folder = system.folder("XDG_CONFIG_HOME", ".config")
    file = folder / "autostart" / "belladonna.desktop"
    autostart = FileEntry("autostart entry", file, login_texts.autostart, login_texts.autostart_mark)
    return [UnitEntry(folder, system.which("systemctl"), run), autostart]


def _best(entries: list[Entry]) -> Entry:
    return next(entry for entry in entries if not isinstance(entry, UnitEntry) or entry.answers())


def _check(home: Path, python: Path) -> None:
    """Raises InstallError for paths that no such file can hold."""
    for path in map(str, (home, python)):
        if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in path):
            raise InstallError(
                f"The daemon can't be started at login: its path has a character that can't be written, {path!r}.",
                "Set BELLADONNA_HOME to another folder, or use --no-login.",
            )
