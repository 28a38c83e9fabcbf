"""pyzmq for the Pythons inside the editors, which have none of their own and can't use the private environment's.

The wheels for every CPython since 3.10 are laid side by side: they differ in nothing but a library that each Python
finds by its own name. That of 3.12 also serves later ones. Where it doesn't load, and where there is no wheel, the
plug-ins talk through the bridge instead: this makes them quicker, no more.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from shared.machine.atomic import replace_folder
from shared.problem import Problem

from ..system import machine_name

WHEELS = Path(__file__).with_suffix(".json")
"""System → the platform of its wheels, and for each Python and its binary interface the SHA-256 of the wheel.

They are those of the version that pyproject.toml names.
"""


def fetch(cache: Path, pip: Callable[..., None]) -> Path:
    """The folder in ``cache`` with pyzmq for this system, downloaded if it isn't there. If it is, it is complete.

    ``pip(command, name, *arguments)`` runs pip and raises Problem, as this does if the files can't be had.
    """
    wheels = json.loads(WHEELS.read_bytes()).get(machine_name())
    if wheels is None:
        raise Problem("setup.no_pyzmq", computer=machine_name())
    version = metadata.version("pyzmq")
    place = cache / f"pyzmq-{version}"
    if not place.is_dir():
        replace_folder(place, lambda draft: _fill(draft, version, wheels, pip))
        for old in cache.glob("pyzmq-*"):
            if old != place:
                shutil.rmtree(old, ignore_errors=True)
    return place


def fetched(cache: Path) -> Path | None:
    """The folder that ``fetch`` has made, of whichever version."""
    return next(cache.glob("pyzmq-*"), None)


def _fill(folder: Path, version: str, wheels: dict, pip: Callable[..., None]) -> None:
    for interpreter, digest in wheels["sha256"].items():
        with tempfile.TemporaryDirectory() as place:
            wheel = _get(Path(place), version, wheels["platform"], interpreter, digest, pip)
            with zipfile.ZipFile(wheel) as archive:
                # The wheels differ in these two, which nothing reads.
                left_out = (".dist-info/RECORD", ".dist-info/WHEEL")
                archive.extractall(folder, [name for name in archive.namelist() if not name.endswith(left_out)])


def _get(place: Path, version: str, tag: str, interpreter: str, digest: str, pip: Callable[..., None]) -> Path:
    """Download one wheel into an empty folder and return it."""
    python, abi = interpreter.split("-")
    requirement = place / "requirement.txt"
    requirement.write_text(f"pyzmq=={version} --hash=sha256:{digest}\n")
    pip(
        "download",
        "pyzmq",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        f"--dest={place}",
        f"--platform={tag}",
        "--implementation=cp",
        f"--python-version={python[2]}.{python[3:]}",  # cp312: 3.12
        f"--abi={abi}",
        f"--requirement={requirement}",
    )
    (wheel,) = place.glob("*.whl")
    # pip has checked that too, but this code will run inside the artist's editor.
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != digest:
        raise Problem("setup.wrong_pyzmq")
    return wheel
