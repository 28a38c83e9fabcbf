"""The private environment: is it there, and is all in it that belongs there?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared import VERSION, paths

from . import child, probe_packages
from .finding import Finding, fail, ok, some

TOPIC = "environment"
SECONDS = 60


def check(home: Path) -> list[Finding]:
    python = paths.venv_python(home)
    if not python.exists():
        return [fail(TOPIC, f"There is no private environment in {paths.venv_dir(home)}.")]
    try:
        answer = child.ask(python, Path(probe_packages.__file__), SECONDS)
    except child.ChildError as error:
        mend = f"Delete {paths.venv_dir(home)}, then run install.py again."
        return [fail(TOPIC, f"The private environment doesn't work: {error}.", mend)]
    return judge(answer, python)


def judge(answer: dict[str, Any], python: Path) -> list[Finding]:
    """What is to be said about the answer of ``probe_packages``."""
    if answer["belladonna"] is None:
        return [fail(TOPIC, f"Belladonna is missing in the private environment of {python}.")]
    again = _reinstall(python, "belladonna")
    found = []
    if answer["belladonna"] != VERSION:
        sentence = f"Belladonna {answer['belladonna']} is in the private environment, and this is {VERSION}."
        found.append(fail(TOPIC, sentence))
    if answer["missing"]:
        found.append(fail(TOPIC, f"Packages are missing: {', '.join(answer['missing'])}.", again))
    if answer["wrong"]:
        names = ", ".join(f"{name} {answer['packages'][name]}" for name in answer["wrong"])
        found.append(fail(TOPIC, f"Packages have a version that Belladonna wasn't made for: {names}.", again))
    if answer["changed"]:
        found.append(fail(TOPIC, f"Files of Belladonna are damaged or gone: {some(answer['changed'])}.", again))
    for name, why in answer["broken"].items():
        sentence = f"The package {name} can't be loaded ({why.rstrip('.')})."
        found.append(fail(TOPIC, sentence, _reinstall(python, name, "belladonna")))
    number = len(answer["packages"])
    complete = f"Python {answer['python']} with Belladonna {answer['belladonna']} and the {number} packages it needs."
    return found or [ok(TOPIC, complete)]


def _reinstall(python: Path, *packages: str) -> str:
    """install.py adds what is missing, but takes what is there for whole."""
    return f'Run "{python}" -m pip uninstall -y {" ".join(packages)}, then install.py again.'
