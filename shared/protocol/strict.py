"""Strict reading of JSON from a peer or a file that may be broken or hostile: bounded, unambiguous, typed.

Python's own ``json`` accepts duplicate keys, NaN, numbers of any length and nesting until the stack ends; none of
that is needed here, and each has been somebody's security hole. Everything that fails raises ``StrictError``.
"""

from __future__ import annotations

import functools
import json
import math
import re
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

DEPTH = 8
"""Deepest nesting of objects and lists. Messages need four."""

TEXT = 4096
"""Longest string in a typed field, in characters; the longest path Linux knows."""

_INTEGERS = range(-(2**63), 2**63)
_NUMBER_CHARACTERS = 40
_STRUCTURE = re.compile(rb'["\\\[\]{}]')

T = TypeVar("T")


class StrictError(ValueError):
    """The text is not what it should be. ``str(error)`` is a sentence."""


def parse_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object from UTF-8 ``data``. The caller bounds ``len(data)``; time is linear in it.

    Integers lie within ±2⁶³, floats are finite, keys are unique, strings can be encoded as UTF-8 again.
    """
    _check_depth(data)
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
        if "\\ud" in text or "\\uD" in text:  # only an escape can bring in half of a surrogate pair
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except StrictError:
        raise
    except UnicodeError:
        raise StrictError("The text is not UTF-8.") from None
    except ValueError:
        raise StrictError("The text is not JSON.") from None
    if not isinstance(value, dict):
        raise StrictError("The JSON is not an object.")
    return value


def build(cls: type[T], values: dict[str, Any]) -> T:
    """Make an instance of the dataclass ``cls``, checking each field against its type hint.

    Fields with a default may be missing; keys that are no field are ignored, so that a newer peer can say more.
    """
    return _build(cls, values, "")


def _build(cls: type[T], values: dict[str, Any], where: str) -> T:
    arguments = {}
    for name, hint, required in _fields(cls):
        if name in values:
            arguments[name] = _read(hint, values[name], where + name)
        elif required:
            raise StrictError(f"The field “{where}{name}” is missing.")
    return cls(**arguments)


@functools.cache
def _fields(cls: type) -> tuple[tuple[str, Any, bool], ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        (item.name, hints[item.name], item.default is MISSING and item.default_factory is MISSING)
        for item in fields(cls)
    )


def _read(hint: Any, value: Any, where: str) -> Any:
    """``value`` as ``hint`` wants it: tuples for lists, enum members for values, dataclasses for objects, paths."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):  # only “X | None” occurs
        if value is None:
            return None
        (inner,) = (option for option in typing.get_args(hint) if option is not type(None))
        return _read(inner, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise StrictError(f"The field “{where}” is not a list.")
        return tuple(_read(typing.get_args(hint)[0], item, where) for item in value)
    if is_dataclass(hint) or origin is dict:
        if not isinstance(value, dict):
            raise StrictError(f"The field “{where}” is not an object.")
        return value if origin is dict else _build(typing.cast("type", hint), value, f"{where}.")
    if hint is float and type(value) is int:
        return float(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            raise StrictError(f"The field “{where}” has an unknown value.") from None
    if hint is Path:
        return Path(_read(str, value, where))
    if type(value) is not hint:  # not isinstance: a bool is no int here
        raise StrictError(f"The field “{where}” is not of type {hint.__name__}.")
    if hint is str and len(value) > TEXT:
        raise StrictError(f"The field “{where}” is longer than {TEXT} characters.")
    return value


def _check_depth(data: bytes) -> None:
    """Count brackets outside strings, before a recursive parser sees them."""
    if data.count(b"[") + data.count(b"{") <= DEPTH:
        return
    depth = 0
    in_string = False
    escaped = -1  # position of a character that a backslash makes ordinary
    for found in _STRUCTURE.finditer(data):
        position, character = found.start(), found.group()
        if in_string:
            if position == escaped:
                continue
            if character == b"\\":
                escaped = position + 1
            elif character == b'"':
                in_string = False
        elif character == b'"':
            in_string = True
        elif character in b"[{":
            depth += 1
            if depth > DEPTH:
                raise StrictError("The JSON is nested too deeply.")
        elif character in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise StrictError("A key occurs twice in a JSON object.")
    return result


def _integer(text: str) -> int:
    if len(text) > _NUMBER_CHARACTERS or int(text) not in _INTEGERS:
        raise StrictError("A number is too large.")
    return int(text)


def _number(text: str) -> float:
    if len(text) > _NUMBER_CHARACTERS or not math.isfinite(float(text)):
        raise StrictError("A number is too large or too long.")
    return float(text)


def _constant(text: str) -> float:
    raise StrictError(f"{text} is not JSON.")
