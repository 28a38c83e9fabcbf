"""The private environment: is it there, and is all in it that belongs there?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared import VERSION
from shared.machine import paths

from ..setup import packages
from . import child
from .finding import INSTALL, Finding, fail, ok, some

TOPIC = "environment"
SECONDS = 60
_OTHER = f"{INSTALL} If that changes nothing, run it with another Python."


def check(home: Path) -> list[Finding]:
    python = paths.venv_python(home)
    if not python.exists():
        return [fail(TOPIC, f"There is no private environment in {paths.venv_dir(home)}.")]
    try:
        return judge(child.ask(python, packages.PROBE, SECONDS), python)
    except child.ChildError as error:
        return [fail(TOPIC, f"The private environment doesn't work: {error}.")]


def judge(answer: dict[str, Any], python: Path) -> list[Finding]:
    """What is to be said about the answer of ``setup.probe_packages``."""
    if answer["belladonna"] is None:
        return [fail(TOPIC, f"Belladonna is missing in the private environment of {python}.")]
    found = []
    if answer["belladonna"] != VERSION:
        sentence = f"Belladonna {answer['belladonna']} is in the private environment, and this is {VERSION}."
        found.append(fail(TOPIC, sentence))
    if answer["missing"]:
        found.append(fail(TOPIC, f"Packages are missing: {', '.join(answer['missing'])}."))
    if answer["wrong"]:
        names = ", ".join(f"{name} {answer['packages'][name]}" for name in answer["wrong"])
        found.append(fail(TOPIC, f"Packages have a version that Belladonna wasn't made for: {names}."))
    if answer["changed"]:
        found.append(fail(TOPIC, f"Files of Belladonna are damaged or gone: {some(answer['changed'])}."))
    for name, files in answer["damaged"].items():
        found.append(fail(TOPIC, f"Files of the package {name} are damaged or gone: {some(files)}."))
    if answer["unlisted"]:
        found.append(fail(TOPIC, f"It isn't known any more what belongs to {some(answer['unlisted'])}."))
    for name, why in answer["broken"].items():
        found.append(fail(TOPIC, f"The package {name} can't be loaded ({why.rstrip('.')}).", _OTHER))
    number = len(answer["packages"])
    complete = f"Python {answer['python']} with Belladonna {answer['belladonna']} and the {number} packages it needs."
    return found or [ok(TOPIC, complete)]
