"""Check the private environment, the engine in it, and the start at login."""

from __future__ import annotations

from pathlib import Path

from shared import VERSION
from shared.machine import paths

from ..setup.environment import child, hardware, health
from ..setup.environment.builder import Recipe
from ..setup.environment.health import Health
from ..setup.login import autostart
from ..setup.system import System
from . import probe_engine
from .finding import Finding, fail, ok, some, warn

SECONDS = 120  # a graphics driver may compile for a minute the first time


def environment(home: Path) -> list[Finding]:
    """Does the environment exist, and is it complete?"""
    python = paths.venv_python(home)
    if not python.exists():
        return [fail("environment", "doctor.no_environment", path=paths.venv_dir(home))]
    return judge(health.look(python), python)


def judge(found: Health, python: Path) -> list[Finding]:
    """The findings about an environment."""
    topic = "environment"
    if found.fault:
        return [fail(topic, "doctor.environment_broken", reason=found.fault)]
    if found.belladonna is None:
        return [fail(topic, "doctor.no_belladonna", python=python)]
    findings = []
    if found.belladonna != VERSION:
        findings.append(fail(topic, "doctor.other_belladonna", found=found.belladonna, version=VERSION))
    if found.conflicts:
        findings.append(fail(topic, "doctor.conflicts", names=some([line.rstrip(".") for line in found.conflicts])))
    for name, why in found.broken.items():
        findings.append(fail(topic, "doctor.package_broken", name=name, reason=why))
    values = {"python": found.python, "version": found.belladonna, "count": found.packages}
    return findings or [ok(topic, "doctor.environment_right", **values)]


def engine(home: Path) -> list[Finding]:
    """Can the engine run, and on which device?"""
    topic, python = "engine", paths.venv_python(home)
    if not python.exists():
        return [fail(topic, "doctor.no_engine")]
    try:
        answer = child.ask(python, Path(probe_engine.__file__), SECONDS)
    except child.ChildError as error:
        return [fail(topic, "doctor.engine_broken", reason=error)]
    what = {"torch": answer["torch"], "device": answer["device"]}
    if not answer["finite"]:
        return [fail(topic, "doctor.engine_nonsense", **what)]
    build, card = hardware.choose()
    recipe = Recipe.of(paths.venv_dir(home))
    if answer["kind"] == "cpu" and build.name != "cpu" and (recipe is None or recipe.chosen != "cpu"):
        return [warn(topic, "doctor.card_unused", card=card, build=build.name, **what)]
    return [ok(topic, "doctor.engine_right", **what)]


def login(home: Path, system: System | None = None) -> list[Finding]:
    """Is there an entry that starts the daemon at login, and does it start what is installed?"""
    entry = autostart.describe(system or System(), home, paths.venv_python(home))
    check = ok if entry.state in ("on", "off") else warn
    return [check("login", f"doctor.login_{entry.state}", way=entry.way, place=entry.place)]
