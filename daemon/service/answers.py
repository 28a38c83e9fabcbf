"""The daemon's answer to each message from a client."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import Any

from shared import VERSION
from shared.problem import Problem
from shared.protocol import messages
from shared.protocol.admission import validate_submit
from shared.protocol.messages import Code, Limits, Message

from ..shading import concepts
from ..shading.encoders.table import encoders
from .dispatcher import Dispatcher
from .jobs import Job, JobTable, Phase
from .router import Router
from .supervisor import Supervisor, WorkerState

log = logging.getLogger(__name__)


class Answers:
    """One method per message; ``answer`` picks it. ``stop`` is called when a client wants the daemon to end."""

    def __init__(
        self,
        router: Router,
        table: JobTable,
        dispatcher: Dispatcher,
        supervisor: Supervisor,
        limits: Limits,
        stop: Callable[[], None],
    ) -> None:
        self._router, self._table, self._limits, self._stop = router, table, limits, stop
        self._dispatcher, self._supervisor = dispatcher, supervisor
        self._started = time.monotonic()
        self._methods: dict[type[Message], Callable[[bytes, Any], None]] = {
            messages.Hello: self._hello,
            messages.Submit: self._submit,
            messages.Cancel: self._cancel,
            messages.Fetch: self._fetch,
            messages.Release: self._release,
            messages.Resolve: self._resolve,
            messages.Vocabulary: self._vocabulary,
            messages.Status: self._status,
            messages.Ping: self._ping,
            messages.Shutdown: self._shutdown,
        }

    def answer(self, peer: bytes, message: Message, payload: memoryview | None) -> None:
        """Do what a message asks for and reply. A refusal is a reply as well; nothing is raised."""
        try:
            if isinstance(message, messages.Band):
                assert payload is not None
                self._band(peer, message, payload)
            else:
                self._methods[type(message)](peer, message)
        except Problem as problem:
            self._router.send(peer, problem.error(message.id))

    def unreadable(self, peer: bytes, message_id: str, why: str) -> None:
        """Tell a client that its message made no sense. If it was about a picture on its way, that job ends."""
        error = Problem("service.unreadable", Code.BAD_REQUEST, reason=why).error(message_id)
        job = self._table.owned(message_id, peer)
        if job is not None and job.phase is Phase.RECEIVING:
            self._dispatcher.drop(job, error)
        self._router.send(peer, error)

    def foreign(self, peer: bytes, version: int, message_id: str) -> None:
        """Tell a client in its own version of the protocol that it speaks another one."""
        log.info("a message of protocol %d", version)
        error = Problem("service.version_mismatch", Code.VERSION_MISMATCH, version=VERSION).error(message_id)
        self._router.send(peer, error, version=version)

    def _hello(self, peer: bytes, hello: messages.Hello) -> None:
        log.info("hello from %.40r, version %.20r, protocol %d", hello.client, hello.version, hello.protocol)
        if hello.protocol != messages.PROTOCOL:
            raise Problem("service.version_mismatch", Code.VERSION_MISMATCH, version=VERSION)
        welcome = messages.Welcome(
            hello.id,
            messages.PROTOCOL,
            VERSION,
            self._limits,
            device=self._supervisor.device,
            targets=concepts.pictures.every(),
            encoders=tuple(encoders()),
        )
        self._router.send(peer, welcome)

    def _submit(self, peer: bytes, submit: messages.Submit) -> None:
        validate_submit(submit, self._limits)
        job = self._table.open(submit, peer)
        if job.phase is not Phase.FAILED:
            self._router.send(peer, messages.Accepted(job.id, job.next_band))
        if job.news is not None:
            self._router.send(peer, job.news)

    def _band(self, peer: bytes, band: messages.Band, payload: memoryview) -> None:
        job = self._known(peer, band)
        if job.phase is Phase.FAILED:
            return  # sent before the client heard of it
        try:
            self._table.add_band(job, band.band, payload)
        except Problem as problem:
            error = problem.error(job.id)
            self._dispatcher.drop(job, error)
            self._router.send(peer, error)

    def _cancel(self, peer: bytes, cancel: messages.Cancel) -> None:
        job = self._known(peer, cancel)
        if job.live:  # otherwise the client hears, or has heard, how it ended
            error = Problem("service.cancelled", Code.CANCELLED).error(job.id)
            self._dispatcher.drop(job, error)
            self._router.send(peer, error)

    def _fetch(self, peer: bytes, fetch: messages.Fetch) -> None:
        job = self._known(peer, fetch)
        if job.phase is not Phase.DONE or not 0 <= fetch.band < len(job.result):
            raise Problem("service.no_such_band", Code.BAD_REQUEST)
        self._router.send(peer, messages.Pixels(job.id, fetch.band), job.result[fetch.band])

    def _release(self, peer: bytes, release: messages.Release) -> None:
        job = self._table.owned(release.id, peer)
        if job is None:
            return
        if job.live:
            self._dispatcher.drop(job, Problem("service.cancelled", Code.CANCELLED).error(job.id))
        self._table.forget(job)

    def _resolve(self, peer: bytes, resolve: messages.Resolve) -> None:
        if len(resolve.concept) > self._limits.text:
            raise Problem("service.concept_length", Code.BAD_REQUEST)
        found = concepts.resolve(resolve.concept)
        self._router.send(peer, messages.Resolved(resolve.id, resolve.concept, found.target, found.known))

    def _vocabulary(self, peer: bytes, vocabulary: messages.Vocabulary) -> None:
        self._router.send(peer, messages.Words(vocabulary.id, concepts.words()))

    def _status(self, peer: bytes, status: messages.Status) -> None:
        worker = self._supervisor.state
        state = messages.DaemonStatus(
            status.id,
            version=VERSION,
            pid=os.getpid(),
            uptime=time.monotonic() - self._started,
            device=self._supervisor.device,
            worker=(WorkerState.IDLE if worker is WorkerState.STOPPING else worker).value,
            jobs=tuple(_entry(job) for job in self._table if job.phase is not Phase.FAILED),
            memory=self._table.memory,
        )
        self._router.send(peer, state)

    def _ping(self, peer: bytes, ping: messages.Ping) -> None:
        self._router.send(peer, messages.Pong(ping.id))

    def _shutdown(self, peer: bytes, shutdown: messages.Shutdown) -> None:
        log.info("a client asked the daemon to stop")
        self._router.send(peer, messages.Pong(shutdown.id))
        self._stop()

    def _known(self, peer: bytes, message: Message) -> Job:
        """The job, of this client, that a message is about. Raises ``Problem``."""
        job = self._table.owned(message.id, peer)
        if job is None:
            raise Problem("service.unknown_picture", Code.BAD_REQUEST)
        return job


def _entry(job: Job) -> dict[str, Any]:
    progress = job.news if isinstance(job.news, messages.Progress) else None
    return {
        "id": job.id,
        "state": job.phase.value,
        "place": job.place if job.phase is Phase.QUEUED else 0,
        "step": progress.step if progress else 0,
        "steps": progress.steps if progress else 0,
    }
