"""Hypothesis strategies for messages, made from the dataclasses' own type hints: a new message needs nothing here."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from shared.protocol import wire
from shared.protocol.messages import BAND_BYTES, Message

IDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=1, max_size=64)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
PAYLOADS = st.binary(min_size=1, max_size=300) | st.just(bytes(BAND_BYTES))


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(item) for item in inner), default=0)


SHALLOW = JSON.filter(lambda value: _depth(value) <= 4)


def of_hint(hint: Any) -> st.SearchStrategy[Any]:
    """Values that a field with this type hint can have."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return st.one_of([st.none() if each is type(None) else of_hint(each) for each in arguments])
    if origin is tuple:
        return st.lists(of_hint(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(TEXTS, SHALLOW, max_size=3)
    if dataclasses.is_dataclass(hint):
        return of_dataclass(typing.cast("type", hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return {str: TEXTS, int: INTEGERS, float: FLOATS, bool: st.booleans()}[hint]


def of_dataclass(kind: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    names = [item.name for item in dataclasses.fields(kind)]
    return st.builds(kind, **{name: IDS if name == "id" else of_hint(hints[name]) for name in names})


def with_payload(kind: type[Message]) -> st.SearchStrategy[tuple[Message, bytes | None]]:
    """A message of this kind and the payload that belongs to it."""
    payload = PAYLOADS if kind in wire.WITH_PAYLOAD else st.none()
    return st.tuples(of_dataclass(kind), payload)


MESSAGES = st.sampled_from(sorted(wire.TYPES)).flatmap(lambda name: with_payload(wire.TYPES[name]))
