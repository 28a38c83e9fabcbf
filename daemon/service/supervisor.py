"""The worker process: started when there is work, stopped when there is none, killed when it doesn't react.

stopped ──▶ starting ──▶ idle ◀──▶ busy
   ▲            │          │         │
   │            │          ▼         │
   └────────────┴────── stopping ◀───┘     (and from anywhere to stopped if the process dies)
"""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from shared.problem import Problem
from shared.protocol import wire
from shared.protocol.messages import Band, Cancel, Done, Error, Message, Pixels, Progress, Ready, Shutdown

from .. import exits, logs
from ..worker.start import ENGINE, StartLine, spawn_worker
from .jobs import Job
from .router import Router

log = logging.getLogger(__name__)

FROM_WORKER: frozenset[type[Message]] = frozenset({Ready, Progress, Pixels, Done, Error})
FROM_SUPERVISOR = "daemon"  # id of messages to the worker that aren't about a job
LONGEST_PAUSE = 60.0
MOUTHFUL = 32  # bands sent to the worker before the clients get their turn


class WorkerState(str, Enum):
    """What the worker process is doing."""

    STOPPED = "stopped"
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    STOPPING = "stopping"


@dataclass(frozen=True)
class Patience:
    """How long things may take, in seconds."""

    idle: float = 300.0  # an idle worker keeps its memory
    cancel: float = 5.0  # from asking the worker to stop to killing it
    start: float = 300.0  # loading torch from a cold disk takes a while


class Supervisor:
    """Owns the worker process and talks to it. Call ``tick`` a few times a second while it isn't stopped."""

    def __init__(
        self,
        router: Router,
        home: Path | None = None,
        patience: Patience | None = None,
        engine: str = ENGINE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._router, self._home, self._engine, self._clock = router, home, engine, clock
        self._patience = patience or Patience()
        self._process: subprocess.Popen[bytes] | None = None
        self._generation = 0
        self._kill_at: float | None = None
        self._killed = False
        self._idle_since = 0.0
        self._failed_starts = 0
        self._not_before = 0.0
        self.state = WorkerState.STOPPED
        self.device = ""  # as the last worker named it

    @property
    def _name(self) -> bytes:
        return b"worker-%d" % self._generation

    def start(self) -> Problem | None:
        """Start the process, unless it is running or a pause is due because the last ones died at once.

        Returns why it could not be started.
        """
        if self.state is not WorkerState.STOPPED or self._clock() < self._not_before:
            return None
        self._generation += 1
        line = StartLine(self._router.endpoint, self._router.key, self._name.decode(), self._engine, self._home)
        try:
            with logs.open_worker_file(self._home) as output:
                self._process = spawn_worker(line, output)
        except OSError as error:
            log.error("the worker could not be started: %s", error)
            return self._failed_start(exits.not_started(error))
        self._enter(WorkerState.STARTING, self._patience.start)
        log.info("started worker %d, process %d", self._generation, self._process.pid)
        return None

    def _failed_start(self, why: Problem) -> Problem:
        self._failed_starts += 1
        self._not_before = self._clock() + min(2.0**self._failed_starts / 2, LONGEST_PAUSE)
        return why

    def receive(self) -> tuple[Message, memoryview | None] | None:
        """The next message from the current worker; ``None`` if there is none. Earlier workers are ignored."""
        while (received := self._router.receive()) is not None:
            peer, frames = received
            if peer != self._name or self.state is WorkerState.STOPPED:
                continue
            try:
                return wire.decode(frames, FROM_WORKER)
            except wire.WireError as error:
                log.error("the worker sent something unreadable: %s", error)
                if error.id is not None:  # otherwise its job would never end
                    return Problem("service.worker_nonsense").error(error.id), None
        return None

    def ready(self, device: str) -> None:
        """The worker said that it is ready to work."""
        self.device = device
        self._failed_starts = 0
        if self.state is WorkerState.STARTING:
            self._rest()
        log.info("worker %d is ready on %s", self._generation, device)

    def hand_over(self, job: Job) -> bool:
        """Give an idle worker a job; ``feed`` then brings it the picture. False if the worker turns out to be dead.

        Raises ``wire.WireError`` if the job can't be written down, which leaves the worker idle.
        """
        if not self._say(job.submit):
            return False
        self._enter(WorkerState.BUSY)
        return True

    def feed(self, job: Job) -> None:
        """Send the worker some more bands of its picture. They leave the job, so a picture is never held twice."""
        for _ in range(min(len(job.picture), MOUTHFUL)):
            band = job.next_band - len(job.picture)
            self._say(Band(job.id, band), job.picture.popleft())

    def cancel(self, job_id: str) -> None:
        """Make a busy worker give up its job; it is killed if it takes too long."""
        self._say(Cancel(job_id))
        self._kill_at = self._clock() + self._patience.cancel

    def finished(self) -> None:
        """The worker said that it is done with its job."""
        if self.state is WorkerState.BUSY:
            self._rest()

    def retire(self) -> None:
        """Ask the worker to leave; it is killed if it takes too long."""
        self._say(Shutdown(FROM_SUPERVISOR))
        self._enter(WorkerState.STOPPING, self._patience.cancel)

    def _rest(self) -> None:
        self._idle_since = self._clock()
        self._enter(WorkerState.IDLE)

    def _enter(self, state: WorkerState, limit: float | None = None) -> None:
        self.state = state
        self._kill_at = None if limit is None else self._clock() + limit

    def _say(self, message: Message, payload: wire.Frame | None = None) -> bool:
        """False if the worker is no longer connected; ``tick`` will soon see that the process is gone."""
        return self._router.send(self._name, message, payload)

    def tick(self) -> Problem | None:
        """Watch the process. If it ended while it had a job or was wanted for one, returns how, once."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None:
            return self._gone(code)
        now = self._clock()
        if self.state is WorkerState.IDLE and now - self._idle_since >= self._patience.idle:
            log.info("worker %d was idle for %.0f s and is stopped", self._generation, self._patience.idle)
            self.retire()
        if self._kill_at is not None and now >= self._kill_at:
            log.warning("worker %d did not listen while %s and is killed", self._generation, self.state.value)
            self._process.kill()
            self._kill_at, self._killed = None, True
        return None

    def _gone(self, code: int) -> Problem | None:
        state = self.state
        starting = state is WorkerState.STARTING
        why = exits.explain(code, starting, self._killed, logs.worker_file(self._home))
        log.log(
            logging.INFO if state is WorkerState.STOPPING else logging.ERROR,
            "worker %d ended while %s: %s",
            self._generation,
            state.value,
            exits.describe(code),
        )
        self._let_go()
        if starting:
            return self._failed_start(why)
        return why if state is WorkerState.BUSY else None

    def _let_go(self) -> None:
        assert self._process is not None
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process, self._killed = None, False
        self._enter(WorkerState.STOPPED)

    def close(self) -> None:
        """Kill the worker: it has nothing to save."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._let_go()
