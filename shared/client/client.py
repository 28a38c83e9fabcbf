"""The client: shades pictures through the daemon and never blocks, so that an editor's own thread can use it.

    client = Client(open_link, "krita 5.2.9")
    every 50 ms:  for event in client.poll(): …
    after Connected:  id = client.submit(Submit(new_id(), width, height, …), source)
    … Queued, Progress … then exactly one of Finished and Failed for each id

A broken connection is made anew and jobs are taken up where they were; only if that fails for half a minute, or again
and again, do they fail. One thread only.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ..machine.endpoint import Endpoint
from ..protocol import messages
from ..protocol.admission import Refused, validate_submit, validate_text
from ..protocol.messages import Code, Message, Submit, Welcome
from .connection import MISMATCH, Condition, Connection
from .events import Connected, Event, Failed, Finished, Stopped
from .link import Link
from .questions import Questions
from .transfer import Phase, Source, Transfer, TransferError

GIVE_UP = 30.0
"""Seconds without a connection after which jobs fail."""

ANSWER = 10.0
"""Seconds in which the daemon answers a request, or the connection is made anew."""

RESTARTS = 5
"""New connections that a job survives."""

_TURN = 64  # most messages in each direction per poll, whatever the clock says


class Client:
    """A client of the daemon. ``open_link`` is ``link.open_link`` or like it, ``name`` is for the daemon's log.

    It connects at the first ``poll``.
    """

    def __init__(
        self,
        open_link: Callable[[Endpoint], Link],
        name: str,
        home: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events: list[Event] = []
        self._clock = clock
        self._connection = Connection(open_link, name, self._connection_changed, home, clock)
        self._transfers: dict[str, Transfer] = {}
        self._questions = Questions()
        self._outbox: deque[Message] = deque()
        self._shutdown_id = ""
        self._polling = False

    @property
    def state(self) -> Condition:
        """ "ready" once the daemon has answered; "connecting" before; "lost" after something went wrong."""
        return self._connection.state

    @property
    def busy(self) -> bool:
        """Whether a job is under way that nobody has cancelled."""
        return any(not transfer.cancelled for transfer in self._transfers.values())

    @property
    def welcome(self) -> Welcome | None:
        """What the daemon said about itself when it last answered."""
        return self._connection.welcome

    def submit(self, submit: Submit, source: Source) -> str:
        """Have a picture shaded; returns the job's id, which is a new one: ``Submit(new_id(), …)``.

        ``source(offset, length)`` is called during later polls, and again after a broken connection, for bytes of the
        pixels and, if there is one, of the mask after them (see ``messages.py``). Raises ``Refused`` if the daemon
        can't take such a picture or is not connected.
        """
        welcome = self._connection.welcome
        if self.state != "ready" or welcome is None:
            raise Refused(Code.CONNECTION_LOST, "Belladonna's daemon is not connected.", "Try again in a moment.")
        validate_submit(submit, welcome.limits)
        validate_text(submit)
        self._transfers[submit.id] = Transfer(submit, source, self._connection.time)
        self._outbox.append(submit)
        return submit.id

    def cancel(self, id: str) -> None:
        """Stop a job; ``Failed`` with the code ``cancelled`` follows. Does nothing if the job has ended."""
        transfer = self._transfers.get(id)
        if transfer is None or transfer.cancelled:
            return
        transfer.cancelled = True
        transfer.heard = self._connection.time
        if self.state != "ready" or transfer.phase is Phase.FETCHING:
            self._fail_cancelled(id)
        else:
            self._outbox.append(messages.Cancel(id))

    def resolve(self, concept: str) -> str:
        """Ask which target a concept gets; ``Resolved`` (or ``Failed``) with the returned id follows.

        Raises ``Refused`` for a text that can't be sent.
        """
        return self._ask(messages.Resolve(messages.new_id(), concept))

    def vocabulary(self) -> str:
        """Ask for the concepts of the daemon's table; ``Words`` (or ``Failed``) with the returned id follows."""
        return self._ask(messages.Vocabulary(messages.new_id()))

    def status(self) -> str:
        """Ask how the daemon is; ``State`` (or ``Failed``) with the returned id follows."""
        return self._ask(messages.Status(messages.new_id()))

    def retry(self) -> None:
        """Look for the daemon at once instead of after a pause: one has just been started."""
        self._connection.retry()

    def give_up(self, message: str, hint: str, code: Code = Code.CONNECTION_LOST) -> None:
        """Fail everything under way at once: there will be no daemon, for a reason."""
        for id in [*(question.id for question in self._questions), *self._transfers]:
            self._fail(id, code, message, hint)

    def shutdown(self) -> None:
        """Have the daemon stop; ``Stopped`` follows, after which the client is of no more use."""
        self._shutdown_id = messages.new_id()
        self._outbox.append(messages.Shutdown(self._shutdown_id))

    def poll(self, budget: float = 0.01) -> list[Event]:
        """Do what can be done now, in about ``budget`` seconds, and return what happened since the last call."""
        if not self._polling:  # an editor that runs its event loop inside ``source`` could come back here
            self._polling = True
            try:
                deadline = self._clock() + budget
                self._connection.turn()
                self._receive(deadline)
                self._check_time()
                self._send(deadline)
            finally:
                self._polling = False
        events, self._events = self._events, []
        return events

    def wait(self, milliseconds: int) -> None:
        """Wait until the next ``poll`` has something to receive, at most so long. Not for an editor's thread."""
        self._connection.wait(milliseconds)

    def close(self) -> None:
        """Leave. The daemon forgets unfinished jobs; no more events come."""
        for id in self._transfers:
            self._connection.send(messages.Release(id))
        self._transfers.clear()
        self._connection.close()

    def _ask(self, question: Message) -> str:
        validate_text(question)
        self._questions.ask(question, self._connection.time)
        self._outbox.append(question)
        return question.id

    def _connection_changed(self, event: Event) -> None:
        self._events.append(event)
        if not isinstance(event, Connected):
            return
        # What was meant for the old connection is void, but for a shutdown asked for before there was one.
        self._outbox = deque(message for message in self._outbox if isinstance(message, messages.Shutdown))
        self._outbox.extend(self._questions)
        for id, transfer in list(self._transfers.items()):
            transfer.restart()
            transfer.heard = self._connection.time
            if transfer.restarts > RESTARTS:
                self._fail(id, Code.CONNECTION_LOST, "The connection to the daemon keeps breaking.", "See its log.")
            else:
                self._outbox.append(transfer.submit)

    def _receive(self, deadline: float) -> None:
        for _ in range(_TURN):
            received = self._connection.receive()
            if received is None:
                return self._connection.check_silence()
            message, payload = received
            transfer = self._transfers.get(message.id)
            if transfer is None:
                self._answered(message)
            else:
                transfer.heard = self._connection.time
                try:
                    self._progressed(transfer, message, payload)
                except TransferError as problem:
                    self._fail(message.id, problem.code, str(problem), problem.hint, release=True)
            if self._clock() > deadline:
                return None
        return None

    def _progressed(self, transfer: Transfer, message: Message, payload: memoryview | None) -> None:
        """A message about a picture has come."""
        if isinstance(message, messages.Error):
            self._fail(message.id, message.code, message.message, message.hint)
        elif isinstance(message, messages.Accepted):
            transfer.accepted(message.next_band)
        elif isinstance(message, messages.Queued | messages.Progress):
            transfer.told = True
            self._events.append(message)
        elif transfer.cancelled:  # the cancel came too late
            self._fail_cancelled(message.id)
        elif isinstance(message, messages.Done):
            transfer.done(message.report)
        elif isinstance(message, messages.Pixels) and payload is not None:
            if transfer.receive(message.band, payload):
                del self._transfers[message.id]
                self._outbox.append(messages.Release(message.id))
                self._events.append(Finished(message.id, transfer.report, transfer.pixels))
        else:
            raise TransferError("The daemon gave an answer that makes no sense.")

    def _answered(self, message: Message) -> None:
        """A message that is not about a picture of ours has come; it may be about one that is over."""
        if message.id == self._shutdown_id and isinstance(message, messages.Pong):
            self._events.append(Stopped())
            self._connection.close()
        elif (event := self._questions.answered(message)) is not None:
            self._events.append(event)

    def _check_time(self) -> None:
        """See to what has waited for too long."""
        now = self._connection.time
        problem = self._connection.problem
        if problem == MISMATCH:
            self.give_up(MISMATCH.message, MISMATCH.hint, Code.VERSION_MISMATCH)
        elif problem is not None and self._connection.ready_at < now - GIVE_UP:
            for id in [*self._questions.asked_before(now - GIVE_UP), *self._transfers]:
                self._fail(id, Code.CONNECTION_LOST, problem.message, problem.hint)
        for id, transfer in list(self._transfers.items()):
            late = now - transfer.heard > ANSWER
            if transfer.cancelled and (late or self.state != "ready"):
                self._fail_cancelled(id)
            elif late and self.state == "ready" and transfer.expects_answer:
                return self._connection.lose("The daemon doesn't answer.", "It is asked again.")
        return None

    def _send(self, deadline: float) -> None:
        if self.state != "ready":
            return
        while self._outbox:
            if not self._connection.send(self._outbox[0]):
                return
            self._outbox.popleft()
        for transfer in self._transfers.values():
            while transfer.phase is Phase.FETCHING and (fetch := transfer.next_fetch()) is not None:
                if not self._connection.send(fetch):
                    return
                transfer.asked()
        for _ in range(_TURN):
            if not self._send_band() or self._clock() > deadline:
                return

    def _send_band(self) -> bool:
        """Send one band of the first picture that has any; False if that is not possible now."""
        for id, transfer in self._transfers.items():
            if transfer.phase is Phase.SENDING and not transfer.cancelled:
                try:
                    band, payload = transfer.next_upload()
                except TransferError as problem:
                    self._fail(id, problem.code, str(problem), problem.hint, release=True)
                    return True
                if not self._connection.send(band, payload):
                    return False
                transfer.uploaded()
                transfer.heard = self._connection.time
                return True
        return False

    def _fail_cancelled(self, id: str) -> None:
        self._fail(id, Code.CANCELLED, "Shading was cancelled.", release=True)

    def _fail(self, id: str, code: Code, message: str, hint: str = "", release: bool = False) -> None:
        """End a job or a request badly; ``release``: the daemon doesn't know yet."""
        if self._transfers.pop(id, None) is None and not self._questions.withdraw(id):
            return  # ``source`` ran the editor's event loop, and there the client was closed
        self._events.append(Failed(id, code, message, hint))
        if release:
            self._outbox.append(messages.Release(id))
