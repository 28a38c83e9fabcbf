"""One picture's way to the daemon and back, as seen by the client: which band is next, and is what came right.

Pure bookkeeping without sockets and clocks; ``shared.client.client`` moves the messages.

    submitted ─accepted▶ sending ─last band▶ waiting ─done▶ fetching
        ▲                                                       │
        └──────────────── a new connection ◀────────────────────┘
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from ..problem import Problem
from ..protocol.messages import BAND_BYTES, Band, Code, Fetch, Submit, band_bytes, bands

Source = Callable[[int, int], bytes | bytearray | memoryview]
"""``source(offset, length)``: bytes of the block that the bands are cut from, the same ones whenever it is asked."""

WINDOW = 16
"""Bands of the result that are asked for and not there yet."""

# Memory that a forked child doesn't share is filled and freed in half the time; Windows has no such choice.
_PRIVATE = {} if os.name == "nt" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}


class Leg(Enum):
    SUBMITTED = auto()
    SENDING = auto()
    WAITING = auto()
    FETCHING = auto()


class Transfer:
    """A picture on its way, from the time ``now``. ``submit`` has been found valid."""

    def __init__(self, submit: Submit, source: Source, now: float = 0.0) -> None:
        self.submit = submit
        self.leg = Leg.SUBMITTED
        self.cancelled = False
        self.told = False  # whether the daemon has said anything since it had all bands
        self.heard = now  # when something last moved
        self.restarts = 0
        self.report: dict[str, Any] = {}
        self.pixels = memoryview(b"")
        self._source = source
        self._next_band = 0
        self._asked = 0
        self._received = 0

    @property
    def expects_answer(self) -> bool:
        """Whether the daemon owes a quick answer, unlike while it computes."""
        return self.leg in (Leg.SUBMITTED, Leg.FETCHING) or (self.leg is Leg.WAITING and not self.told)

    def restart(self) -> None:
        """Begin again on a new connection; what the daemon still has, ``accepted`` will say."""
        self.restarts += 1
        self.leg = Leg.SUBMITTED
        self.told = False

    def accepted(self, next_band: int) -> None:
        """The daemon knows the picture and wants band ``next_band``. Raises ``Problem``."""
        count = bands(self.submit.total_bytes)
        if self.leg is not Leg.SUBMITTED or not 0 <= next_band <= count:
            raise Problem("client.no_such_band")
        self._next_band = next_band
        self.leg = Leg.WAITING if next_band == count else Leg.SENDING

    def next_upload(self) -> tuple[Band, memoryview]:
        """The band to send now. Raises ``Problem`` if the picture can't be read."""
        length = band_bytes(self.submit.total_bytes, self._next_band)
        try:
            payload = memoryview(self._source(self._next_band * BAND_BYTES, length)).cast("B")
        except Problem:
            raise
        except Exception as error:  # whatever an editor raises
            raise Problem("client.unreadable_layer", reason=error) from error
        if len(payload) != length:
            raise Problem("client.layer_changed")
        return Band(self.submit.id, self._next_band), payload

    def uploaded(self) -> None:
        """The band from ``next_upload`` is on its way."""
        self._next_band += 1
        if self._next_band == bands(self.submit.total_bytes):
            self.leg = Leg.WAITING

    def done(self, report: dict[str, Any]) -> None:
        """The daemon has the result: make room for it. Raises ``Problem``."""
        if self.leg is not Leg.WAITING:
            raise Problem("client.done_too_soon")
        self.pixels = _room(self.submit.pixel_bytes)
        self.report = report
        self._asked = self._received = 0
        self.leg = Leg.FETCHING

    def next_fetch(self) -> Fetch | None:
        """The band to ask for now, None if enough are on their way."""
        if self._asked == bands(self.submit.pixel_bytes) or self._asked - self._received >= WINDOW:
            return None
        return Fetch(self.submit.id, self._asked)

    def asked(self) -> None:
        """The request from ``next_fetch`` is on its way."""
        self._asked += 1

    def receive(self, band: int, payload: memoryview) -> bool:
        """Take a band of the result; True if that was the last. Raises ``Problem`` if it is not the next one."""
        if self.leg is not Leg.FETCHING or band != self._received or self._received >= self._asked:
            raise Problem("client.wrong_order")
        if len(payload) != band_bytes(self.submit.pixel_bytes, band):
            raise Problem("client.wrong_size")
        start = band * BAND_BYTES
        self.pixels[start : start + len(payload)] = payload
        self._received += 1
        return self._received == bands(self.submit.pixel_bytes)


def _room(size: int) -> memoryview:
    """``size`` bytes of zeros, given back with the last view of them. Raises ``Problem``.

    The pages of an anonymous map come one by one when they are written to. A bytearray is cleared as a whole, which
    freezes an editor: 0.15 s for 256 MiB.
    """
    try:
        return memoryview(mmap.mmap(-1, size, **_PRIVATE))
    except (MemoryError, OSError):  # which of them depends on what had no memory left: Python, or the system
        raise Problem("client.no_memory", Code.OUT_OF_MEMORY) from None
