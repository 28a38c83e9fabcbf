"""What a check has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]

INSTALL = "Run install.py again."
"""The mend for whatever install.py puts right."""

_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    ``fail``: something doesn't work, or isn't what was installed. ``warn``: it works, but worse than it could. Both
    have a ``mend``, which says what to do. ``topic`` is a word or two that several findings may share.
    """

    state: State
    topic: str
    sentence: str
    mend: str = ""


def ok(topic: str, sentence: str) -> Finding:
    return Finding("ok", topic, sentence)


def warn(topic: str, sentence: str, mend: str) -> Finding:
    return Finding("warn", topic, sentence, mend)


def fail(topic: str, sentence: str, mend: str = INSTALL) -> Finding:
    return Finding("fail", topic, sentence, mend)


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
