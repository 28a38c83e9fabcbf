"""pyzmq for the Pythons inside the editors, which have none of their own and can't use the private environment's.

The wheels for every CPython since 3.10 are laid side by side: they differ in nothing but a library that each Python
finds by its own name. That of 3.12 also serves later ones. Where it doesn't load, and where there is no wheel, the
plug-ins talk through the bridge instead: this makes them quicker, no more.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from shared.machine.atomic import replace_folder

from .errors import InstallError

VERSION = "27.3.0"

TAGS = {
    "linux-x86_64": "manylinux_2_28_x86_64",
    "linux-aarch64": "manylinux_2_28_aarch64",
    "macos": "macosx_10_15_universal2",
    "windows-x86_64": "win_amd64",
}
"""System → the platform tag of its wheels."""

WHEELS = {
    "linux-x86_64": {
        "cp310-cp310": "e84d88c42ac2ea32314aaa9ef879da16c372ebfb8ad6f2ce1953d88538b44831",
        "cp311-cp311": "477b8ad30d66fc905c5388351e83b9ac25824b00e82c0d052b72ea6392636dfd",
        "cp312-abi3": "858fe25231e0fd8612da142efde019faa5ef63fa150a821a27870e791b38c798",
    },
    "linux-aarch64": {
        "cp310-cp310": "fe0ed75bccf62838682f2615c33aebbb6bc658ab2697afd6932c7919f3b26cba",
        "cp311-cp311": "f3d14fc8a7b85156c67e3f6ebbe8f2af2f89da2a407997a66e2a578e1bdabf6a",
        "cp312-abi3": "ad8b828407caee77ff3ab0bdb2984ee8d48922328b226e8fda7c84a71a55dbb4",
    },
    "macos": {
        "cp310-cp310": "de47ad29f7fed1a466e0ef34b13ca307cf24aba77c0a21c87e6cae649ad29669",
        "cp311-cp311": "86fb4408797aabb54a31e147176ae0f2474d99f1715a36a4564089eca9ef9ce8",
        "cp312-abi3": "15155fd8f308d3bd47f67a8f6cc809f9db90abbf63c514c384a17622e2cf080f",
    },
    "windows-x86_64": {
        "cp310-cp310": "d968d0c2bd7a35c73d62b32fba05e8c2061a6614870e8ec132a6667bc72f24e9",
        "cp311-cp311": "df98c790f86b6aa2378b4bb94dec7b85b0adb195b880b41e429a4990aed2a8c9",
        "cp312-abi3": "3ea8e8fa5c097e68fef91d70b150fda96f307758103868018fc4deeb9c214122",
    },
}
"""System → tags for Python and its binary interface → SHA-256 of that wheel."""


def fetch(cache: Path, download: Callable[..., None]) -> Path:
    """The folder in ``cache`` with pyzmq for this system. It is made if it isn't there; if it is, it is complete.

    ``download(*arguments)`` is ``pip download`` and raises InstallError, as this does if the files can't be had.
    """
    name = system()
    if name not in WHEELS:
        raise InstallError(f"There is no pyzmq for {name}.", "Editors reach the daemon without it.")
    place = folder(cache)
    if not place.is_dir():
        replace_folder(place, lambda draft: _fill(draft, TAGS[name], WHEELS[name], download))
        for old in cache.glob("pyzmq-*"):
            if old != place:
                shutil.rmtree(old, ignore_errors=True)
    return place


def folder(cache: Path) -> Path:
    """Where pyzmq for this system lies, if it was fetched."""
    return cache / f"pyzmq-{VERSION}-{system()}"


def system(name: str = sys.platform, machine: str | None = None) -> str:
    """What this computer is called in the tables. A wheel of macOS holds the code of both processors."""
    if name == "darwin":
        return "macos"
    machine = (machine or platform.machine()).lower()
    return f"{'windows' if name == 'win32' else name}-{'x86_64' if machine == 'amd64' else machine}"


def _fill(folder: Path, tag: str, wheels: dict[str, str], download: Callable[..., None]) -> None:
    for interpreter, digest in wheels.items():
        with tempfile.TemporaryDirectory() as place:
            wheel = _get(Path(place), tag, interpreter, digest, download)
            with zipfile.ZipFile(wheel) as archive:
                # The wheels differ in these two, which nothing reads.
                left_out = (".dist-info/RECORD", ".dist-info/WHEEL")
                archive.extractall(folder, [name for name in archive.namelist() if not name.endswith(left_out)])


def _get(place: Path, tag: str, interpreter: str, digest: str, download: Callable[..., None]) -> Path:
    """Download one wheel into an empty folder and return it."""
    python, abi = interpreter.split("-")
    requirement = place / "requirement.txt"
    requirement.write_text(f"pyzmq=={VERSION} --hash=sha256:{digest}\n")
    download(
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
        raise InstallError("The pyzmq that was downloaded is not the one that was asked for.", "Run this again.")
    return wheel
