"""Run by path in the private environment: prints which packages are in it, and what is wrong with them, as JSON.

Standard library only, since anything else may be what is broken.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib
import json
import os
import platform
import re
import sysconfig
from importlib import metadata
from pathlib import Path

PROJECT = "belladonna"
IMPORTED = {"numpy": "numpy", "pillow": "PIL", "pyzmq": "zmq", "imagecodecs": "imagecodecs", "tifffile": "tifffile"}
"""Packages with compiled code, or built on some, that load within moments → what to import. Torch has its own probe."""

Row = tuple[str, str, str]
"""A line of the list that pip keeps of a package's files: path, hash, size in bytes."""


def main() -> None:
    wanted = metadata.requires(PROJECT) if _version(PROJECT) else None
    requirements = dict(_requirement(text) for text in wanted or () if "extra ==" not in text)
    versions = {name: _version(name) for name in requirements}
    site = Path(sysconfig.get_path("purelib"))
    lists, unlisted = _lists(site)
    damaged = _damaged(lists, site)
    answer = {
        "python": platform.python_version(),
        "belladonna": _version(PROJECT),
        "packages": versions,
        "missing": [name for name, version in versions.items() if version is None],
        "wrong": [name for name, version in versions.items() if version and not fits(version, requirements[name])],
        "unlisted": unlisted,
        "changed": damaged.pop(PROJECT, []),
        "damaged": damaged,
        "broken": {name: why for name in versions if name not in damaged and (why := _fault(name))},
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
    except Exception:  # it isn't there, or its metadata is damaged, which has no exception of its own
        return None


def _lists(site: Path) -> tuple[dict[str, list[Row]], list[str]]:
    """Package → pip's list of its files; and the packages that have lost that list or their name.

    Those pip can't replace any more.
    """
    lists, unlisted = {}, []
    for info in sorted(site.glob("[!~]*.dist-info")):
        name = re.sub(r"[._]", "-", info.name.partition("-")[0]).lower()
        described = info / "METADATA"
        lists[name] = _rows(info / "RECORD")
        if not lists[name] or not described.is_file() or not described.stat().st_size:
            unlisted.append(name)
    return lists, unlisted


def _rows(record: Path) -> list[Row]:
    try:
        with record.open(encoding="utf-8", newline="") as file:
            return [(row[0], row[1], row[2]) for row in csv.reader(file) if len(row) == 3]
    except (OSError, ValueError, csv.Error):
        return []


def _damaged(lists: dict[str, list[Row]], site: Path) -> dict[str, list[str]]:
    """Package → its files that are gone, or not as pip has put them there.

    Two packages may bring a file of the same name; then it is that of one of them.
    """
    brought: dict[str, list[tuple[str, str, str]]] = {}
    for name, rows in lists.items():
        for path, digest, size in rows:
            if digest and size:  # what Python has compiled has neither: it makes that anew
                brought.setdefault(path, []).append((name, digest, size))
    damaged: dict[str, list[str]] = {}
    for path, owners in brought.items():
        if not any(_whole(os.path.join(site, path), *owner) for owner in owners):
            damaged.setdefault(owners[0][0], []).append(path)
    return damaged


def _whole(path: str, package: str, digest: str, size: str) -> bool:
    """By its size, which is enough for what breaks off or goes missing; the project's few files by their hash."""
    try:
        if package != PROJECT:
            return os.stat(path).st_size == int(size)
        kind, _, expected = digest.partition("=")
        found = hashlib.new(kind, Path(path).read_bytes()).digest()
    except (OSError, ValueError):
        return False
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == expected


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
