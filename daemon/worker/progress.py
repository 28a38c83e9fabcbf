"""A running job's progress, and how it learns that it has been cancelled."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from shared.protocol.messages import Cancel, Progress, Shutdown

from ..shading.errors import Cancelled
from .link import WorkerLink

INTERVAL = 0.2  # seconds between two messages: a progress bar needs no more


class Reporter:
    """The engine's progress callback for one job.

    Raises ``Cancelled`` when the daemon has cancelled the job and ``SystemExit`` when it wants the worker to leave.
    """

    def __init__(self, link: WorkerLink, job_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._link, self._job_id, self._clock = link, job_id, clock
        self._stage = ""
        self._sent = -math.inf
        self._first: tuple[float, int] = (0.0, 0)  # when the stage began, at which step

    def __call__(self, stage: str, step: int = 0, steps: int = 0, shift: float = 0.0) -> None:
        """Report a step: ``stage`` is one of ``protocol.STAGES``, ``shift`` the share of the way covered."""
        self._obey()
        now = self._clock()
        news = stage != self._stage
        if news:
            self._stage, self._first = stage, (now, step)
        if news or step == steps or now - self._sent >= INTERVAL:
            self._sent = now
            shift = float(shift) if math.isfinite(shift) else 0.0
            self._link.send(Progress(self._job_id, stage, step, steps, shift, self._eta(now, step, steps)))

    def _eta(self, now: float, step: int, steps: int) -> float | None:
        began, first = self._first
        return (now - began) / (step - first) * (steps - step) if step > first else None

    def _obey(self) -> None:
        while (received := self._link.receive(wait=False)) is not None:
            message, _ = received
            if isinstance(message, Shutdown):
                raise SystemExit(0)
            if isinstance(message, Cancel) and message.id == self._job_id:
                raise Cancelled
