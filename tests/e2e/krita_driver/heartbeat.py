"""How long the GUI thread leaves its events waiting."""

from __future__ import annotations

import time

from . import qt

INTERVAL = 5  # milliseconds


class Heartbeat:
    """A timer that should fire every 5 ms; the longest time between two beats is what the artist feels as a stall."""

    def __init__(self) -> None:
        self._timer = qt.QTimer()
        self._timer.setTimerType(qt.QtCore.Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._beat)
        self._last = 0.0
        self._longest = 0.0

    def start(self) -> None:
        """Begin to measure, forgetting what was measured before."""
        self._last, self._longest = time.perf_counter(), 0.0
        self._timer.start()

    def stop(self) -> float:
        """End, and return the longest gap in milliseconds, one that is still going on included."""
        self._timer.stop()
        self._beat()
        return self._longest * 1000

    def _beat(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last)
        self._last = now
