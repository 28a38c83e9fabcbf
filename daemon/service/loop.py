"""The daemon's one loop: hears clients and the worker, and keeps time.

Everything happens in one thread, so nothing needs a lock. Nothing here imports torch, numpy or Pillow, directly or
indirectly: the daemon starts at login and must cost next to nothing while it is idle.
"""

from __future__ import annotations

import logging
import socket
import time
from pathlib import Path

import zmq

from shared import VERSION
from shared.machine.endpoint import Endpoint
from shared.problem import Problem
from shared.protocol import wire
from shared.protocol.messages import PROTOCOL, Code, Limits, Message

from ..worker.start import ENGINE
from . import memory
from .answers import Answers
from .dispatcher import Dispatcher
from .jobs import MEMORY, SILENCE, Job, JobTable
from .router import Router
from .supervisor import Patience, Supervisor, WorkerState

log = logging.getLogger(__name__)

BACKLOG = 64  # messages queued from and for a client, which fetches 16 bands at a time
TURN = 64  # messages of clients that are answered before the worker gets its turn
BUSY_MS = 200  # between two looks at the worker process and the clients
GRACE = 1.0  # seconds in which a client whose connection broke can come back for its jobs
FAREWELL_MS = 1_000  # for the last messages to leave


class Service:
    """Binds its sockets at once; ``run`` then serves until ``stop``. ``close`` must be called at the end."""

    def __init__(
        self,
        pid: int,
        home: Path | None = None,
        patience: Patience | None = None,
        engine: str = ENGINE,
        limits: Limits | None = None,
        capacity: int = MEMORY,
        silence: float = SILENCE,
        grace: float = GRACE,
    ) -> None:
        limits = limits or Limits()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._clients = Router(self._context, BACKLOG)
        # Without a limit: a whole picture goes to the worker at once, and the jobs' memory bounds that already.
        self._workers = Router(self._context, 0)
        self._table = JobTable(limits, capacity, silence)
        self._supervisor = Supervisor(self._workers, home, patience, engine)
        self._dispatcher = Dispatcher(self._table, self._supervisor, self._tell)
        self._answers = Answers(self._clients, self._table, self._dispatcher, self._supervisor, limits, self.stop)
        self._gone: dict[bytes, float] = {}  # owners that can't be reached, and since when
        self._grace = grace
        self._held = 0
        self._stopping = False
        self._waker, self._wakened = socket.socketpair()
        self._waker.setblocking(False)
        self._wakened.setblocking(False)
        self.endpoint = Endpoint(self._clients.endpoint, self._clients.key, pid, PROTOCOL, VERSION)

    @property
    def wake_descriptor(self) -> int:
        """A socket's descriptor; a byte written to it wakes the loop. For ``signal.set_wakeup_fd``."""
        return self._waker.fileno()

    def stop(self) -> None:
        """End ``run`` after the present turn. May be called from a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Serve until ``stop``, then tell the clients of unfinished jobs that nothing will come."""
        poller = zmq.Poller()
        poller.register(self._clients.socket, zmq.POLLIN)
        poller.register(self._workers.socket, zmq.POLLIN)
        poller.register(self._wakened.fileno(), zmq.POLLIN)
        while not self._stopping:
            poller.poll(self._nap())
            self._drain_wakeups()
            for _ in range(TURN):
                received = self._clients.receive()
                if received is None:
                    break
                self._serve(*received)
            self._dispatcher.turn()
            self._drop_silent_and_gone()
            self._table.forget_old()
            self._give_back_memory()
        self._say_goodbye()

    def close(self) -> None:
        """Stop the worker and close the sockets, giving the last messages a moment to leave."""
        self._supervisor.close()
        self._workers.close()
        self._clients.close(FAREWELL_MS)
        self._context.term()
        self._waker.close()
        self._wakened.close()

    def _nap(self) -> int | None:
        """Milliseconds until the loop must look at the clock again; ``None``: only a message or a signal matters."""
        if self._dispatcher.feeding:
            return 0
        if self._supervisor.state is not WorkerState.STOPPED or any(job.live for job in self._table):
            return BUSY_MS
        return 1_000 if any(self._table) else None

    def _give_back_memory(self) -> None:
        held = self._table.memory
        if self._held and not held:
            memory.give_back()
        self._held = held

    def _drain_wakeups(self) -> None:
        try:
            while self._wakened.recv(64):
                pass
        except BlockingIOError:
            pass

    def _serve(self, peer: bytes, frames: list[bytes]) -> None:
        self._table.heard(peer)
        try:
            message, payload = wire.decode(frames, wire.FROM_CLIENT)
        except wire.WireError as error:
            if error.id is not None:
                self._answers.unreadable(peer, error.id, str(error))
            elif (found := wire.foreign(frames)) is not None:
                self._answers.foreign(peer, *found)
            return
        try:
            self._answers.answer(peer, message, payload)
        except Exception:
            # Whatever is wrong with one request must not affect the other clients' pictures.
            log.exception("could not answer a “%s”", message.TYPE)
            self._clients.send(peer, Problem("service.mistake").error(message.id))

    def _tell(self, job: Job, message: Message) -> None:
        if not self._clients.send(job.owner, message):
            self._gone.setdefault(job.owner, time.monotonic())

    def _drop_silent_and_gone(self) -> None:
        due = time.monotonic() - self._grace
        gone = [owner for owner, since in self._gone.items() if since <= due]
        for owners, why in ((gone, "service.client_gone"), (self._table.silent(), "service.client_silent")):
            for owner in owners:
                for job in self._table.live_of(owner):
                    log.info("job %s is dropped: %s", job.id, why)
                    error = Problem(why, Code.CANCELLED).error(job.id)
                    self._dispatcher.drop(job, error)
                    self._clients.send(owner, error)  # it may only have been held up
        for owner in gone:
            del self._gone[owner]

    def _say_goodbye(self) -> None:
        for job in self._table:
            if job.live:
                error = Problem("service.stopped", Code.STOPPED).error(job.id)
                self._table.fail(job, error)
                self._tell(job, error)
