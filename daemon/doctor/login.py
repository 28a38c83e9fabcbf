"""Start at login: is there an entry, and does it start what is installed?"""

from __future__ import annotations

from pathlib import Path

from shared.machine import paths

from ..setup import login
from ..setup.system import System
from .finding import INSTALL, Finding, ok, warn

TOPIC = "login"


def check(home: Path, system: System | None = None) -> list[Finding]:
    return [_judge(login.describe(system or System(), home, paths.venv_python(home)))]


def _judge(entry: login.Login) -> Finding:
    where = f"the {entry.way} {entry.place}"
    if entry.state == "on":
        return ok(TOPIC, f"The daemon starts at login, by {where}.")
    if entry.state == "off":
        return ok(TOPIC, "The daemon doesn't start at login; the first that needs it starts it.")
    if entry.state == "stale":
        return warn(TOPIC, f"What starts the daemon at login is not as this version writes it: {where}.", INSTALL)
    mend = f"If you don't want that, remove {entry.place}. {INSTALL}"
    return warn(TOPIC, f"Something else than this daemon is started at login, by {where}.", mend)
