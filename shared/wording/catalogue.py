"""Key and values → the text for a person. Another language would be another folder beside ``en``."""

from __future__ import annotations

import functools
import json
from pathlib import Path

ENGLISH = Path(__file__).with_name("en")


def text(key: str, /, **values: object) -> str:
    """The sentence or label of a key, placeholders filled. Raises ``KeyError`` for an unknown key or placeholder."""
    return _filled(_entry(key)[0], values)


def hint(key: str, /, **values: object) -> str:
    """What to do about it; "" where the entry has no hint. Raises ``KeyError`` as ``text``."""
    return _filled(_entry(key)[1], values)


def keys() -> frozenset[str]:
    """Every key there is."""
    return frozenset(f"{path.stem}.{name}" for path in ENGLISH.glob("*.json") for name in _room(path.stem))


def _entry(key: str) -> tuple[str, str]:
    room, _, name = key.partition(".")
    entry = _room(room)[name]
    return (entry, "") if isinstance(entry, str) else (entry[0], entry[1])


@functools.cache
def _room(name: str) -> dict[str, str | list[str]]:
    """The entries of one part of the program; none if it has no file."""
    try:
        return json.loads((ENGLISH / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _filled(pattern: str, values: dict[str, object]) -> str:
    return pattern.format_map(values)
