"""The worker process: started when there is work, stopped when there is none, killed when it doesn't listen.

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

from shared.protocol import wire
from shared.protocol.messages import Band, Cancel, Done, Error, Message, Pixels, Progress, Ready, Shutdown

from .. import exits, logs
from ..worker.start import ENGINE, StartLine, spawn_worker
from .jobs import Job
from .router import Router

log = logging.getLogger(__name__)

FROM_WORKER: frozenset[type[Message]] = frozenset({Ready, Progress, Pixels, Done, Error})
FROM_SUPERVISOR = "daemon"  # id of messages to the worker that are about no job
LONGEST_PAUSE = 60.0
MOUTHFUL = 32  # bands sent to the worker before the clients get their turn


class State(str, Enum):
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
    """Owns the worker process and the talk with it. Call ``tick`` a few times a second while it isn't stopped."""

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
        self.state = State.STOPPED
        self.device = ""  # as the last worker named it

    @property
    def _name(self) -> bytes:
        return b"worker-%d" % self._generation

    def start(self) -> exits.Exit | None:
        """Start the process unless it runs or the last ones died so soon that a pause is due.

        Returns why it could not be started.
        """
        if self.state is not State.STOPPED or self._clock() < self._not_before:
            return None
        self._generation += 1
        line = StartLine(self._router.endpoint, self._router.key, self._name.decode(), self._engine, self._home)
        try:
            with logs.open_worker_file(self._home) as output:
                self._process = spawn_worker(line, output)
        except OSError as error:
            log.error("the worker could not be started: %s", error)
            return self._failed_start(exits.not_started(error))
        self._enter(State.STARTING, self._patience.start)
        log.info("started worker %d, process %d", self._generation, self._process.pid)
        return None

    def _failed_start(self, why: exits.Exit) -> exits.Exit:
        self._failed_starts += 1
        self._not_before = self._clock() + min(2.0**self._failed_starts / 2, LONGEST_PAUSE)
        return why

    def receive(self) -> tuple[Message, memoryview | None] | None:
        """The next message of the present worker, ``None`` if there is none. What earlier ones sent is ignored."""
        while (received := self._router.receive()) is not None:
            peer, frames = received
            if peer != self._name or self.state is State.STOPPED:
                continue
            try:
                return wire.decode(frames, FROM_WORKER)
            except wire.WireError as error:
                log.error("the worker sent something unreadable: %s", error)
        return None

    def ready(self, device: str) -> None:
        """The worker said that it is ready to work."""
        self.device = device
        self._failed_starts = 0
        if self.state is State.STARTING:
            self._rest()
        log.info("worker %d is ready on %s", self._generation, device)

    def hand_over(self, job: Job) -> bool:
        """Give an idle worker a job; ``feed`` then brings it the picture. False if the worker turns out to be dead.

        Raises ``wire.WireError`` if the job can't be written down, which leaves the worker idle.
        """
        if not self._say(job.submit):
            return False
        self._enter(State.BUSY)
        return True

    def feed(self, job: Job) -> None:
        """Send the worker some more bands of its picture. They leave the job, so a picture is never held twice."""
        for _ in range(min(len(job.picture), MOUTHFUL)):
            band = job.next_band - len(job.picture)
            self._say(Band(job.id, band), job.picture.popleft())

    def cancel(self, job_id: str) -> None:
        """Make a busy worker give up its job; it is killed if it doesn't within the time for that."""
        self._say(Cancel(job_id))
        self._kill_at = self._clock() + self._patience.cancel

    def finished(self) -> None:
        """The worker said that it is done with its job."""
        if self.state is State.BUSY:
            self._rest()

    def retire(self) -> None:
        """Ask the worker to leave; it is killed if it doesn't within the time for that."""
        self._say(Shutdown(FROM_SUPERVISOR))
        self._enter(State.STOPPING, self._patience.cancel)

    def _rest(self) -> None:
        self._idle_since = self._clock()
        self._enter(State.IDLE)

    def _enter(self, state: State, limit: float | None = None) -> None:
        self.state = state
        self._kill_at = None if limit is None else self._clock() + limit

    def _say(self, message: Message, payload: wire.Frame | None = None) -> bool:
        """False if the worker isn't connected any more, in which case ``tick`` will soon see the process gone."""
        return self._router.send(self._name, message, payload)

    def tick(self) -> exits.Exit | None:
        """Watch the process. Returns how it ended, once, if that was while it had a job or was wanted for one."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None:
            return self._gone(code)
        now = self._clock()
        if self.state is State.IDLE and now - self._idle_since >= self._patience.idle:
            log.info("worker %d was idle for %.0f s and is stopped", self._generation, self._patience.idle)
            self.retire()
        if self._kill_at is not None and now >= self._kill_at:
            log.warning("worker %d did not listen while %s and is killed", self._generation, self.state.value)
            self._process.kill()
            self._kill_at, self._killed = None, True
        return None

    def _gone(self, code: int) -> exits.Exit | None:
        state = self.state
        starting = state is State.STARTING
        why = exits.explain(code, starting, self._killed, logs.worker_file(self._home))
        log.log(
            logging.INFO if state is State.STOPPING else logging.ERROR,
            "worker %d ended while %s: %s",
            self._generation,
            state.value,
            exits.describe(code),
        )
        self._let_go()
        if starting:
            return self._failed_start(why)
        return why if state is State.BUSY else None

    def _let_go(self) -> None:
        assert self._process is not None
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process, self._killed = None, False
        self._enter(State.STOPPED)

    def close(self) -> None:
        """End the worker now, by force: it has nothing to save."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._let_go()
