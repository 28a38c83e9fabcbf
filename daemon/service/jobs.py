"""The queue: which jobs exist, who owns them, how far they are and how much memory they hold.

Pure bookkeeping: no sockets, no processes, and the clock is handed in, so every rule can be tested on its own.

    receiving ──▶ queued ──▶ running ──▶ done
        └────────────┴──────────┴──────▶ failed      (cancelled, dropped and refused jobs too)

A job that has ended is remembered for ten minutes, without pixels if it failed: a client whose last message got lost
submits the id again and hears how it ended, instead of starting all over.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from shared.problem import Problem
from shared.protocol.messages import BAND_BYTES, Code, Done, Error, Limits, Message, Progress, Submit, band_bytes, bands

Bytes = bytes | memoryview

MEMORY = 2 << 30  # bytes of pictures, all jobs together
SILENCE = 60.0  # seconds without a word from its client after which a job is dropped
KEEP = 600.0  # seconds a job is remembered after its end
FAILED_KEPT = 100
NAP = 10.0  # seconds between two looks at the clock: more than that and the computer was asleep


class Phase(str, Enum):
    """Where a job is in its life."""

    RECEIVING = "receiving"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


ENDED = (Phase.DONE, Phase.FAILED)


@dataclass(eq=False)
class Job:
    """One picture on its way. ``owner`` is the routing id of the client that submitted it last."""

    submit: Submit
    owner: bytes
    phase: Phase = Phase.RECEIVING
    next_band: int = 0
    picture: deque[Bytes] = field(default_factory=deque)  # bands not yet handed to the worker
    result: list[Bytes] = field(default_factory=list)
    result_bytes: int = 0
    place: int = 0  # in the queue as last told to the client
    news: Message | None = None  # what the client was told last, and is told again after a reconnect
    told: float = 0.0
    ended: float = 0.0

    @property
    def id(self) -> str:
        """The job's name everywhere: the submit's id."""
        return self.submit.id

    @property
    def live(self) -> bool:
        """Whether it hasn't ended."""
        return self.phase not in ENDED

    @property
    def memory(self) -> int:
        """Bytes held or promised: the picture until the job ends, then the result."""
        if self.live:
            return self.submit.total_bytes
        return self.result_bytes


class JobTable:
    """All jobs, in the order in which they were submitted.

    ``memory`` is the most bytes of pictures held at a time, ``silence`` and ``keep`` are seconds.
    """

    def __init__(
        self,
        limits: Limits,
        memory: int = MEMORY,
        silence: float = SILENCE,
        keep: float = KEEP,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._memory, self._silence, self._keep = limits, memory, silence, keep
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._queue: list[Job] = []
        self._heard: dict[bytes, float] = {}
        self._looked = clock()

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    @property
    def memory(self) -> int:
        """Bytes of pictures held or promised now."""
        return sum(job.memory for job in self)

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The queued jobs, the next one first."""
        return tuple(self._queue)

    def owned(self, job_id: str, owner: bytes) -> Job | None:
        """The job of that id if it is this client's."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.owner == owner else None

    def open(self, submit: Submit, owner: bytes) -> Job:
        """Make room for a new job, or hand an existing one of the same id to this client.

        Raises ``Problem`` if there is no room, or if the id stands for another picture.
        """
        job = self._jobs.get(submit.id)
        if job is None:
            self._check_room(submit)
            job = self._jobs[submit.id] = Job(submit, owner)
        elif job.submit != submit:
            raise Problem("service.id_taken", Code.BAD_REQUEST)
        job.owner = owner
        self._heard[owner] = self._clock()
        return job

    def _check_room(self, submit: Submit) -> None:
        if sum(job.live for job in self) >= self._limits.jobs:
            raise Problem("service.full", Code.BUSY, count=self._limits.jobs)
        if self.memory + submit.total_bytes > self._memory:
            raise Problem("service.no_memory", Code.BUSY)

    def add_band(self, job: Job, band: int, payload: Bytes) -> None:
        """Take the next band of a picture; the last one queues the job.

        Raises ``Problem`` for a band that isn't the next one or has the wrong size. The caller then fails the job.
        """
        total = job.submit.total_bytes
        if job.phase is not Phase.RECEIVING or band != job.next_band or len(payload) != band_bytes(total, band):
            raise Problem("service.unexpected_band", Code.BAD_REQUEST, band=band)
        job.picture.append(payload)
        job.next_band += 1
        if job.next_band == bands(total):
            job.phase = Phase.QUEUED
            self._queue.append(job)

    def start_next(self) -> Job | None:
        """Turn the first queued job into a running one. ``None`` if nothing waits."""
        if not self._queue:
            return None
        job = self._queue.pop(0)
        job.phase = Phase.RUNNING
        job.news = Progress(job.id, "starting")
        return job

    def add_result(self, job: Job, band: int, payload: Bytes) -> None:
        """Take the next band of a result. Raises ``ValueError`` if it isn't the next one or has the wrong size.

        How large the result will be isn't known before ``complete``: all bands but the last one are full, and together
        they are at most as large as the pixels were.
        """
        room = min(BAND_BYTES, job.submit.pixel_bytes - job.result_bytes)
        if band != len(job.result) or job.result_bytes % BAND_BYTES or not 1 <= len(payload) <= room:
            raise ValueError(f"The worker sent a result band {band} of {len(payload)} bytes out of turn.")
        job.result.append(payload)
        job.result_bytes += len(payload)

    def complete(self, job: Job, done: Done) -> None:
        """End a running job well. Raises ``ValueError`` if its result isn't as large as it must be."""
        expected = job.submit.pixel_bytes if job.submit.task == "shade" else done.result_bytes
        if not job.result_bytes == done.result_bytes == expected:
            raise ValueError(f"The worker announced {done.result_bytes} bytes and sent {job.result_bytes}.")
        self._end(job, Phase.DONE, done)

    def fail(self, job: Job, error: Error) -> None:
        """End a job badly: its pixels are dropped, its error is kept."""
        job.result.clear()
        job.result_bytes = 0
        self._end(job, Phase.FAILED, error)
        failed = [each for each in self if each.phase is Phase.FAILED]
        for old in failed[:-FAILED_KEPT]:
            self.forget(old)

    def _end(self, job: Job, phase: Phase, news: Message) -> None:
        job.picture.clear()
        if job in self._queue:
            self._queue.remove(job)
        job.phase, job.news, job.ended = phase, news, self._clock()

    def forget(self, job: Job) -> None:
        """Drop a job and everything it holds."""
        if job in self._queue:
            self._queue.remove(job)
        self._jobs.pop(job.id, None)

    def live_of(self, owner: bytes) -> list[Job]:
        """The jobs of one client that haven't ended."""
        return [job for job in self if job.owner == owner and job.live]

    def heard(self, owner: bytes) -> None:
        """Note that a client with jobs said something."""
        if owner in self._heard:
            self._heard[owner] = self._clock()

    def forget_old(self) -> None:
        """Drop jobs that ended longer ago than they are kept."""
        now = self._clock()
        for job in self:
            if not job.live and now - job.ended > self._keep:
                self.forget(job)

    def silent(self) -> list[bytes]:
        """The clients with live jobs that have said nothing for too long.

        After the computer has slept the time starts again for everyone: nobody could speak meanwhile.
        """
        now = self._clock()
        owners = {job.owner for job in self if job.live}
        slept = now - self._looked > NAP
        self._looked = now
        self._heard = {owner: now if slept else self._heard[owner] for owner in owners}
        return [owner for owner, heard in self._heard.items() if now - heard > self._silence]
