"""One picture's way to the daemon and back, as the client sees it: which band is next, and is the answer right?

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
from ..protocol.messages import BAND_BYTES, Band, Code, Done, Fetch, Submit, band_bytes, bands

Source = Callable[[int, int], bytes | bytearray | memoryview]
"""``source(offset, length)``: bytes of the block that the bands are cut from, the same ones whenever it is asked."""

WINDOW = 16
"""Bands of the result that are asked for and not there yet."""

# Private memory, which a forked child doesn't share, is filled and freed twice as fast; Windows has no choice.
_PRIVATE = {} if os.name == "nt" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}


class Leg(Enum):
    """How far a picture has come; the drawing above shows the order."""

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

    def done(self, done: Done) -> bool:
        """The daemon has the result: make room for it; True if it is empty. Raises ``Problem``."""
        if self.leg is not Leg.WAITING:
            raise Problem("client.done_too_soon")
        size, pixels = done.result_bytes, self.submit.pixel_bytes
        if not 0 <= size <= pixels or (self.submit.task == "shade" and size != pixels):
            raise Problem("client.wrong_size")
        self.pixels = _room(size) if size else memoryview(b"")
        self.report = done.report
        self._asked = self._received = 0
        self.leg = Leg.FETCHING
        return size == 0

    def next_fetch(self) -> Fetch | None:
        """The band to ask for now, None if enough are on their way."""
        if self._asked == bands(len(self.pixels)) or self._asked - self._received >= WINDOW:
            return None
        return Fetch(self.submit.id, self._asked)

    def asked(self) -> None:
        """The request from ``next_fetch`` is on its way."""
        self._asked += 1

    def receive(self, band: int, payload: memoryview) -> bool:
        """Take a band of the result; True if that was the last. Raises ``Problem`` if it is not the next one."""
        if self.leg is not Leg.FETCHING or band != self._received or self._received >= self._asked:
            raise Problem("client.wrong_order")
        if len(payload) != band_bytes(len(self.pixels), band):
            raise Problem("client.wrong_size")
        start = band * BAND_BYTES
        self.pixels[start : start + len(payload)] = payload
        self._received += 1
        return self._received == bands(len(self.pixels))


def _room(size: int) -> memoryview:
    """``size`` bytes of zeros, given back with the last view of them. Raises ``Problem``.

    The pages of an anonymous map come one by one when they are written to. A bytearray is cleared as a whole, which
    freezes an editor: 0.15 s for 256 MiB.
    """
    try:
        return memoryview(mmap.mmap(-1, size, **_PRIVATE))
    except (MemoryError, OSError):  # depending on whether Python or the system ran out
        raise Problem("client.no_memory", Code.OUT_OF_MEMORY) from None
