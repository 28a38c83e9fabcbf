"""What ``Client.poll`` returns. Some messages are events as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..problem import Problem
from ..protocol.messages import DaemonStatus, Progress, Queued, Resolved, Welcome, Words


@dataclass(frozen=True)
class Connected:
    """The daemon answered, for the first time or again after a ``Lost``."""

    welcome: Welcome


@dataclass(frozen=True)
class Lost:
    """There is no connection. The client keeps trying; jobs wait for half a minute before they fail."""

    problem: Problem


@dataclass(frozen=True)
class Finished:
    """A job went well."""

    id: str
    report: dict[str, Any]
    pixels: memoryview  # the result; of “shade” height · width · 4 channels, in the dtype and layout of the submit


@dataclass(frozen=True)
class Failed:
    """A job or another request failed or was cancelled."""

    id: str
    problem: Problem


@dataclass(frozen=True)
class Unavailable:
    """After ``Client.start``: there is no daemon and none could be started. Everything under way has failed too."""

    problem: Problem


Event = Connected | Lost | Queued | Progress | Finished | Failed | Resolved | Words | DaemonStatus | Unavailable
