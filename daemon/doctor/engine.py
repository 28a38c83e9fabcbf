"""torch and the device: can the engine run, and on what?"""

from __future__ import annotations

from pathlib import Path

from shared.machine import paths

from ..setup import hardware
from ..setup.steps import HOME_RECORD, Record
from . import child, probe_engine
from .finding import Finding, fail, ok, warn

TOPIC = "engine"
_OTHER = "Run install.py again. If that changes nothing: install.py --torch cpu, to shade on the processor."
SECONDS = 120  # a graphics driver may compile for a minute the first time


def check(home: Path) -> list[Finding]:
    python = paths.venv_python(home)
    if not python.exists():
        return [fail(TOPIC, "Nothing can be shaded without the private environment.")]
    try:
        answer = child.ask(python, Path(probe_engine.__file__), SECONDS)
    except child.ChildError as error:
        return [fail(TOPIC, f"The engine can't run: {error}.", _OTHER)]
    what = f"torch {answer['torch']} on {answer['device']}"
    if not answer["finite"]:
        return [fail(TOPIC, f"The engine calculates nonsense: {what}.", "Update the graphics driver.")]
    build, card = hardware.choose()
    chosen = Record(home / HOME_RECORD).get(hardware.CHOICE)
    if answer["kind"] == "cpu" and build.name != "cpu" and chosen != "cpu":
        mend = (
            f"Run install.py --torch {build.name}; or --torch cpu, if the processor is what you want. "
            "If that changes nothing, update the driver of the graphics card."
        )
        return [warn(TOPIC, f"The engine runs, but leaves {card} unused: {what}.", mend)]
    return [ok(TOPIC, f"The embedded surrogate runs: {what}.")]
