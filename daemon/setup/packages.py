"""What is wrong in an environment that is there, as far as installing it again mends that. Asked of its own Python."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from shared.machine.process import clean_environment

PROBE = Path(__file__).with_name("probe_packages.py")
_SECONDS = 120
_TORCH = "torch"
_MAKERS = {"pip"}  # without these nothing can be mended


@dataclass(frozen=True)
class Faults:
    """What has to be made again."""

    environment: bool = False  # all of it: its Python doesn't run, or its pip couldn't put the rest right
    torch: bool = False
    packages: tuple[str, ...] = ()  # others that are damaged, or can't be loaded
    project: bool = False  # Belladonna, or what it needs: changed, gone, or of another version


def look(python: Path) -> Faults:
    """Examine the environment of this Python, in about two seconds. Writes nothing there."""
    with ThreadPoolExecutor(1) as thread:
        torch = thread.submit(_run, python, "-c", f"import {_TORCH}")
        said = _run(python, str(PROBE))
        loads = torch.result() is not None
    try:
        answer = json.loads((said or b"").splitlines()[-1])
    except (IndexError, ValueError):  # it has crashed, or a package has printed into it
        return Faults(environment=True)
    damaged = {*answer["damaged"], *answer["broken"]}
    if answer["unlisted"] or damaged & _MAKERS:
        return Faults(environment=True)
    return Faults(
        torch=_TORCH in damaged or not loads,
        packages=tuple(sorted(damaged - {_TORCH})),
        project=any((not answer["belladonna"], answer["missing"], answer["wrong"], answer["changed"])),
    )


def _run(python: Path, *arguments: str) -> bytes | None:
    """What it prints; None if it fails."""
    command = [str(python), "-I", "-B", *arguments]
    try:
        done = subprocess.run(
            command, env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
