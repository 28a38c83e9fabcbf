"""Brings the queue and the worker together: who works on what, and what the clients hear about it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from shared.problem import Problem
from shared.protocol import wire
from shared.protocol.messages import Code, Done, Error, Message, Pixels, Pong, Progress, Queued, Ready

from .jobs import Job, JobTable
from .supervisor import Supervisor, WorkerState

log = logging.getLogger(__name__)

TURN = 64  # messages from the worker before the clients get their turn
REPEAT = 0.4  # seconds after which a client hears its last news again
SIGN_OF_LIFE = "nothing-new"  # id of a pong that nobody asked for and clients ignore


class Dispatcher:
    """Call ``turn`` a few times a second while there are live jobs or a worker.

    ``tell(job, message)`` sends a message to the client that owns the job.
    """

    def __init__(
        self,
        table: JobTable,
        supervisor: Supervisor,
        tell: Callable[[Job, Message], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table, self._supervisor, self._tell, self._clock = table, supervisor, tell, clock
        self._job: Job | None = None  # running: with the worker, or waiting for it to be ready
        self._handed_over = False

    @property
    def feeding(self) -> bool:
        """Whether the worker waits for more of its picture: the next turn should come at once."""
        return self._job is not None and self._handed_over and bool(self._job.picture)

    def turn(self) -> None:
        """Hear the worker, watch its process, give it work, keep the clients informed."""
        for _ in range(TURN):
            received = self._supervisor.receive()
            if received is None:
                break
            self._hear(*received)
        ended = self._supervisor.tick()
        if ended is not None:
            self._fail_running(ended)
        self._dispatch()
        if self.feeding and self._job is not None:
            self._supervisor.feed(self._job)
        self._announce_places()
        self._repeat_news()

    def drop(self, job: Job, error: Error) -> None:
        """End a live job before its time; the worker is interrupted if it has it. The client isn't told."""
        self._table.fail(job, error)
        if job is self._job:
            if self._handed_over:
                self._supervisor.cancel(job.id)
            self._job = None
        log.info("job %s ended: %s", job.id, error.code.value)

    def _dispatch(self) -> None:
        if self._job is None and self._supervisor.state not in (WorkerState.BUSY, WorkerState.STOPPING):
            self._job = self._table.start_next()
            self._handed_over = False
            if self._job is not None and self._supervisor.state is not WorkerState.IDLE:
                self._inform(self._job, Progress(self._job.id, "starting"))
        if self._job is None or self._handed_over:
            return
        failed = self._supervisor.start()
        if failed is not None:
            self._fail_running(failed)
        elif self._supervisor.state is WorkerState.IDLE:
            self._hand_over(self._job)

    def _hand_over(self, job: Job) -> None:
        try:
            self._handed_over = self._supervisor.hand_over(job)
        except wire.WireError as error:  # with its defaults filled in, a request can become too long for a message
            self._fail_running(Problem("service.request_too_long", Code.BAD_REQUEST, reason=error))

    def _hear(self, message: Message, payload: memoryview | None) -> None:
        if isinstance(message, Ready):
            self._supervisor.ready(message.device)
            return
        if isinstance(message, Error) and message.code in (Code.INTERNAL, Code.OUT_OF_MEMORY):
            self._supervisor.retire()  # its memory and its device can't be trusted after that
        elif isinstance(message, Done | Error):
            self._supervisor.finished()
        job = self._job
        if job is None or message.id != job.id or not self._handed_over:
            return  # about a job that has been cancelled since
        try:
            self._take(job, message, payload)
        except ValueError as error:
            log.error("job %s: %s", job.id, error)
            self._fail_running(Problem("service.incomplete"))

    def _take(self, job: Job, message: Message, payload: memoryview | None) -> None:
        if isinstance(message, Progress):
            self._inform(job, message)
        elif isinstance(message, Pixels) and payload is not None:
            self._table.add_result(job, message.band, payload)
        elif isinstance(message, Done):
            self._table.complete(job, message)
            self._job = None
            self._tell(job, message)
            log.info("job %s is done", job.id)
        elif isinstance(message, Error):
            self._fail_running(Problem.of(message))

    def _fail_running(self, problem: Problem) -> None:
        if self._job is not None:
            job, self._job = self._job, None
            error = problem.error(job.id)
            self._table.fail(job, error)
            self._tell(job, error)
            log.info("job %s failed: %s", job.id, problem.code.value)

    def _announce_places(self) -> None:
        for place, job in enumerate(self._table.waiting, start=1):
            if job.place != place:
                job.place = place
                self._inform(job, Queued(job.id, place))

    def _repeat_news(self) -> None:
        """Repeat to clients what they know already, since sending to one that is gone fails.

        GIMP kills a plug-in on Cancel, and its job should not delay the next one for long.
        """
        now = self._clock()
        for job in self._table:
            if job.live and job.told < now - REPEAT:
                job.told = now
                # There is no news of a picture that is still being sent.
                self._tell(job, job.news or Pong(SIGN_OF_LIFE))

    def _inform(self, job: Job, news: Message) -> None:
        job.news, job.told = news, self._clock()
        self._tell(job, news)
