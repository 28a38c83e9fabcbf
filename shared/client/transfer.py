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

from ..protocol.messages import BAND_BYTES, Band, Code, Fetch, Submit, band_bytes, bands

Source = Callable[[int, int], bytes | bytearray | memoryview]
"""``source(offset, length)``: bytes of the block that the bands are cut from, the same ones whenever it is asked."""

WINDOW = 16
"""Bands of the result that are asked for and not there yet."""

# Memory that a forked child doesn't share is filled and freed in half the time; Windows has no such choice.
_PRIVATE = {} if os.name == "nt" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}


class TransferError(Exception):
    """The picture can't be sent or received. ``str(error)`` is a sentence, ``hint`` says what to do."""

    def __init__(self, sentence: str, hint: str = "Please report this.", code: Code = Code.INTERNAL) -> None:
        super().__init__(sentence)
        self.hint = hint
        self.code = code


class Phase(Enum):
    SUBMITTED = auto()
    SENDING = auto()
    WAITING = auto()
    FETCHING = auto()


class Transfer:
    """A picture on its way, from the time ``now``. ``submit`` has been found valid."""

    def __init__(self, submit: Submit, source: Source, now: float = 0.0) -> None:
        self.submit = submit
        self.phase = Phase.SUBMITTED
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
        return self.phase in (Phase.SUBMITTED, Phase.FETCHING) or (self.phase is Phase.WAITING and not self.told)

    def restart(self) -> None:
        """Begin again on a new connection; what the daemon still has, ``accepted`` will say."""
        self.restarts += 1
        self.phase = Phase.SUBMITTED
        self.told = False

    def accepted(self, next_band: int) -> None:
        """The daemon knows the picture and wants band ``next_band``. Raises ``TransferError``."""
        count = bands(self.submit.total_bytes)
        if self.phase is not Phase.SUBMITTED or not 0 <= next_band <= count:
            raise TransferError("The daemon asked for a part of the picture that doesn't exist.")
        self._next_band = next_band
        self.phase = Phase.WAITING if next_band == count else Phase.SENDING

    def next_upload(self) -> tuple[Band, memoryview]:
        """The band to send now. Raises ``TransferError`` if the picture can't be read."""
        length = band_bytes(self.submit.total_bytes, self._next_band)
        try:
            payload = memoryview(self._source(self._next_band * BAND_BYTES, length)).cast("B")
        except Exception as problem:  # whatever an editor raises
            raise TransferError(f"The layer can't be read ({problem}).", "Shade the layer again.") from problem
        if len(payload) != length:
            raise TransferError("The layer changed while it was read.", "Shade the layer again.")
        return Band(self.submit.id, self._next_band), payload

    def uploaded(self) -> None:
        """The band from ``next_upload`` is on its way."""
        self._next_band += 1
        if self._next_band == bands(self.submit.total_bytes):
            self.phase = Phase.WAITING

    def done(self, report: dict[str, Any]) -> None:
        """The daemon has the result: make room for it. Raises ``TransferError``."""
        if self.phase is not Phase.WAITING:
            raise TransferError("The daemon was done before it had the picture.")
        self.pixels = _room(self.submit.pixel_bytes)
        self.report = report
        self._asked = self._received = 0
        self.phase = Phase.FETCHING

    def next_fetch(self) -> Fetch | None:
        """The band to ask for now, None if enough are on their way."""
        if self._asked == bands(self.submit.pixel_bytes) or self._asked - self._received >= WINDOW:
            return None
        return Fetch(self.submit.id, self._asked)

    def asked(self) -> None:
        """The request from ``next_fetch`` is on its way."""
        self._asked += 1

    def receive(self, band: int, payload: memoryview) -> bool:
        """Take a band of the result; True if that was the last. Raises ``TransferError`` if it is not the next one."""
        if self.phase is not Phase.FETCHING or band != self._received or self._received >= self._asked:
            raise TransferError("The daemon sent the shaded picture in the wrong order.")
        if len(payload) != band_bytes(self.submit.pixel_bytes, band):
            raise TransferError("The daemon sent a shaded picture of the wrong size.")
        start = band * BAND_BYTES
        self.pixels[start : start + len(payload)] = payload
        self._received += 1
        return self._received == bands(self.submit.pixel_bytes)


def _room(size: int) -> memoryview:
    """``size`` bytes of zeros, given back with the last view of them. Raises ``TransferError``.

    The pages of an anonymous map come one by one when they are written to. A bytearray is cleared as a whole, during
    which an editor stands still: 0.15 s for 256 MiB.
    """
    try:
        return memoryview(mmap.mmap(-1, size, **_PRIVATE))
    except (MemoryError, OSError):  # which of them depends on what had no memory left: Python, or the system
        sentence = "There is not enough memory for the shaded picture."
        raise TransferError(sentence, "Close other pictures.", Code.OUT_OF_MEMORY) from None
