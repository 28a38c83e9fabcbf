"""What ``Client.poll`` and ``Session.poll`` return. Messages that say all there is to say are events as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..protocol.messages import Code, Progress, Queued, Resolved, State, Welcome, Words


@dataclass(frozen=True)
class Connected:
    """The daemon answered, for the first time or again after a ``Lost``."""

    welcome: Welcome


@dataclass(frozen=True)
class Lost:
    """There is no connection. The client goes on trying; jobs wait for half a minute before they fail."""

    message: str  # a sentence an artist can read
    hint: str  # what to do


@dataclass(frozen=True)
class Finished:
    """A job went well."""

    id: str
    report: dict[str, Any]
    pixels: memoryview  # height · width · 4 channels, in the dtype and layout of the submit


@dataclass(frozen=True)
class Failed:
    """A job or another request came to nothing, or was cancelled."""

    id: str
    code: Code
    message: str  # a sentence an artist can read
    hint: str = ""  # what to do


@dataclass(frozen=True)
class Stopped:
    """The daemon heeded ``Client.shutdown``. The client won't look for another."""


@dataclass(frozen=True)
class Unavailable:
    """Only from a session: a daemon was wanted and there is none. Whatever was under way has failed too."""

    message: str  # a sentence an artist can read
    hint: str  # what to do


Event = Connected | Lost | Queued | Progress | Finished | Failed | Resolved | Words | State | Stopped
