"""What an installation has outside its home besides plug-ins: the command on the PATH, and the start at login."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from shared.machine import paths

from . import command, login, sources
from .console import say
from .errors import InstallError
from .manifest import Manifest
from .reasons import of_error
from .steps import Record, Step
from .system import System


def install(
    system: System, home: Path, checkout: Path, python: Path, manifest: Manifest, record: Record, at_login: bool
) -> None:
    """Have both as the user wants them. What stands in the way is said: the daemon works without.

    Raises ``OSError`` only if the home itself can't be written.
    """
    launcher = paths.launcher(home)
    parts = [sources.fingerprint(checkout, sources.inside(checkout, ["daemon/setup"])), home, python]
    source = hashlib.sha256(repr(parts).encode()).hexdigest()
    place = command.place(system)
    path_step = Step(
        "command",
        source,
        partial(command.present, system, launcher),
        partial(_put, manifest, place, partial(command.install, system, launcher)),
    )
    if place is not None and _done(record, path_step):
        say(f"{'command':<12} {place}")
    advice = command.advice(system, launcher)
    if advice:
        say(advice)
    if not at_login:
        gone = login.remove(system, home, changed=manifest.changed).removed
        say("The daemon starts when it is needed" + (", and at login no longer." if gone else "."))
        return
    entry = login.describe(system, home, python)
    login_step = Step(
        "login",
        source,
        lambda: login.describe(system, home, python).state == "on",
        partial(_put, manifest, Path(entry.place), partial(login.install, system, home, python)),
    )
    if _done(record, login_step):
        say(f"{'login':<12} the daemon starts by the {entry.way} {entry.place}")


def _put(manifest: Manifest, place: Path | None, write: Callable[[], Iterable[Path | str]]) -> None:
    if place is not None and place.is_absolute():  # a value in the registry has no folder
        manifest.foresee(place)
    manifest.made(write())


def _done(record: Record, step: Step) -> bool:
    """Do a step if that is needed; False if it can't be done, which is said."""
    try:
        if not record.done(step):
            record.perform(step)
    except InstallError as problem:
        say(f"{problem} {problem.hint}")
        return False
    except OSError as error:
        problem = of_error(error)
        say(f"{problem} {problem.hint}")
        return False
    return True
