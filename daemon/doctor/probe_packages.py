"""Run by path in the private environment: prints which packages are in it, and what is wrong with them, as JSON.

Standard library only, since anything else may be what is broken.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import platform
import re
from importlib import metadata
from pathlib import Path

PROJECT = "belladonna"
IMPORTED = {"numpy": "numpy", "pillow": "PIL", "pyzmq": "zmq", "imagecodecs": "imagecodecs", "tifffile": "tifffile"}
"""Packages with compiled code, or built on some, that load within moments → what to import. Torch has its own probe."""


def main() -> None:
    wanted = metadata.requires(PROJECT) if _version(PROJECT) else None
    requirements = dict(_requirement(text) for text in wanted or () if "extra ==" not in text)
    versions = {name: _version(name) for name in requirements}
    answer = {
        "python": platform.python_version(),
        "belladonna": _version(PROJECT),
        "packages": versions,
        "missing": [name for name, version in versions.items() if version is None],
        "wrong": [name for name, version in versions.items() if version and not fits(version, requirements[name])],
        "changed": _changed() if wanted is not None else [],
        "broken": {name: why for name in versions if (why := _fault(name))},
    }
    print(json.dumps(answer))


def fits(version: str, specifier: str) -> bool:
    """Whether a version is one that ``==1.2`` or ``>=1.2`` asks for; other kinds of specifier count as fulfilled."""
    found = version.partition("+")[0]  # 2.13.0+cpu is a build of 2.13.0
    if specifier.startswith("=="):
        return found == specifier[2:]
    return not specifier.startswith(">=") or _numbers(found) >= _numbers(specifier[2:])


def _requirement(text: str) -> tuple[str, str]:
    """``numpy>=2.0; marker`` → name, specifier."""
    name, specifier = re.findall(r"([\w.-]+?)\s*([=<>!~][^;]*|(?=;|$))", text.strip(), re.ASCII)[0]
    return name, specifier.strip()


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _changed() -> list[str]:
    """The project's files that are gone, or not as they were when they were installed."""
    files = metadata.files(PROJECT) or ()
    return sorted(file.as_posix() for file in files if file.hash and not _same(Path(str(file.locate())), file.hash))


def _same(path: Path, expected: metadata.FileHash) -> bool:
    try:
        digest = hashlib.new(expected.mode, path.read_bytes()).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == expected.value


def _fault(name: str) -> str:
    """Why a package that is there can't be imported; empty if it can."""
    if name not in IMPORTED or _version(name) is None:
        return ""
    try:
        importlib.import_module(IMPORTED[name])
    except Exception as error:  # a damaged library fails in many ways
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


if __name__ == "__main__":
    main()
