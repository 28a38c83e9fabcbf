"""The client: shades pictures through the daemon and never blocks, so that an editor's own thread can use it.

    client = Client("krita 5.2.9", Starter(location.read(folder)))
    client.start()                              # once something is to be shaded; not needed to look
    every 50 ms:  for event in client.poll(): …
    after Connected:  id = client.submit(Submit(new_id(), width, height, …), source)
    … Queued, Progress … then exactly one of Finished and Failed for each id

Without ``start`` it uses a daemon that is running and starts none. While a job is under way a daemon that has
died is started again and the picture sent again: a killed daemon costs time, not the job. A broken connection is made
again and jobs go on where they were; they fail only if that doesn't succeed for half a minute, or keeps happening.
One thread only; nothing but ``wait`` waits.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ..problem import Problem
from ..protocol import messages
from ..protocol.admission import validate_submit, validate_text
from ..protocol.messages import Code, Message, Submit, Welcome
from .availability import Availability, ClientState
from .connection import Connection
from .events import Connected, Event, Failed, Lost, Unavailable
from .finder import Finder
from .jobs import Jobs
from .questions import Questions
from .transfer import Source

GIVE_UP = 30.0
"""Seconds without a connection after which jobs fail."""

_TURN = 64  # most messages received per poll, whatever the clock says


class Client:
    """A client of the daemon that ``finder`` finds. ``name`` is for the daemon's log.

    Nothing happens before the first ``poll``.
    """

    def __init__(self, name: str, finder: Finder, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._events: list[Event] = []
        self._changes: list[Connected | Lost] = []  # of the connection, not yet passed on to availability
        self._outbox: deque[Message] = deque()
        self._questions = Questions()
        self._connection = Connection(finder.open_link, name, self._connection_changed, finder.home, clock)
        self._jobs = Jobs(self._connection, self._outbox, self._events.append)
        self._availability = Availability(
            finder, self._connection, lambda: self._jobs.busy, self._start_failed, self._clock
        )
        self._polling = False

    @property
    def state(self) -> ClientState:
        """Whether there is a daemon, and this client is connected to it."""
        return self._availability.state

    @property
    def problem(self) -> Problem | None:
        """Why there is no daemon; None while ``state`` is "ready" or "starting"."""
        return self._availability.problem

    @property
    def busy(self) -> bool:
        """Whether a job is under way that nobody has cancelled."""
        return self._jobs.busy

    @property
    def welcome(self) -> Welcome | None:
        """What the daemon said about itself when it last answered."""
        return self._connection.welcome

    def start(self) -> None:
        """Start a daemon if none is running, and connect to it; harmless if that is done or under way.

        Either ``Connected`` or ``Unavailable`` follows, unless the client is ready.
        """
        self._availability.start()

    def submit(self, submit: Submit, source: Source) -> str:
        """Have a picture shaded; returns the job's id, which is a new one: ``Submit(new_id(), …)``.

        ``source(offset, length)`` is called during later polls, and again after a broken connection, for bytes of the
        pixels and, if there is one, of the mask after them (see ``messages.py``). Raises ``Problem`` if the daemon
        can't take such a picture or is not connected.
        """
        welcome = self._connection.welcome
        if self._connection.state != "ready" or welcome is None:
            raise Problem("client.not_connected", Code.CONNECTION_LOST)
        validate_submit(submit, welcome.limits)
        validate_text(submit)
        self._jobs.submit(submit, source)
        return submit.id

    def cancel(self, id: str) -> None:
        """Stop a job; ``Failed`` with the code ``cancelled`` follows. Does nothing if the job has ended."""
        self._jobs.cancel(id, self._connection.state == "ready")

    def resolve(self, concept: str) -> str:
        """Ask which target a concept gets; ``Resolved`` (or ``Failed``) with the returned id follows.

        Raises ``Problem`` for a text that can't be sent.
        """
        return self._ask(messages.Resolve(messages.new_id(), concept))

    def vocabulary(self) -> str:
        """Ask for the concepts of the daemon's table; ``Words`` (or ``Failed``) with the returned id follows."""
        return self._ask(messages.Vocabulary(messages.new_id()))

    def status(self) -> str:
        """Ask what the daemon is doing; ``DaemonStatus`` (or ``Failed``) with the returned id follows."""
        return self._ask(messages.Status(messages.new_id()))

    def poll(self, budget: float = 0.01) -> list[Event]:
        """Do what can be done now, in about ``budget`` seconds, and return what happened since the last call."""
        if not self._polling:  # an editor that runs its event loop inside ``source`` could come back here
            self._polling = True
            try:
                deadline = self._clock() + budget
                self._availability.follow()
                self._connection.turn()
                self._receive(deadline)
                self._check_time()
                self._send(deadline)
                self._pass_changes_on()
            finally:
                self._polling = False
        events = self._events.copy()
        self._events.clear()
        return events

    def wait(self, milliseconds: int) -> None:
        """Wait until the next ``poll`` has something to receive, at most so long. Not for an editor's thread."""
        self._connection.wait(milliseconds)

    def close(self) -> None:
        """Leave. The daemon keeps running and forgets unfinished jobs; no more events come."""
        self._availability.close()
        self._jobs.close()
        self._connection.close()

    def _ask(self, question: Message) -> str:
        validate_text(question)
        self._questions.ask(question, self._connection.time)
        self._outbox.append(question)
        return question.id

    def _connection_changed(self, event: Connected | Lost) -> None:
        self._events.append(event)
        self._changes.append(event)
        if isinstance(event, Connected):
            self._outbox.clear()  # it was meant for the old connection
            self._outbox.extend(self._questions)
            self._jobs.restart()

    def _pass_changes_on(self) -> None:
        changes, self._changes = self._changes, []
        for change in changes:
            if isinstance(change, Connected):
                self._availability.connected()
            else:
                self._availability.broken(change.problem)

    def _start_failed(self, why: Problem) -> None:
        self._events.append(Unavailable(why))
        self._give_up(why)

    def _give_up(self, why: Problem) -> None:
        """Fail everything under way: there will be no daemon."""
        for id in [*(question.id for question in self._questions), *self._jobs]:
            self._fail(id, why)

    def _fail(self, id: str, why: Problem) -> None:
        if not self._jobs.fail(id, why) and self._questions.withdraw(id):
            self._events.append(Failed(id, why))

    def _receive(self, deadline: float) -> None:
        for _ in range(_TURN):
            received = self._connection.receive()
            if received is None:
                return self._connection.check_silence()
            message, payload = received
            if not self._jobs.hear(message, payload) and (event := self._questions.answered(message)) is not None:
                self._events.append(event)
            if self._clock() > deadline:
                return None
        return None

    def _check_time(self) -> None:
        """Give up what has waited too long."""
        problem, now = self._connection.problem, self._connection.time
        if problem is not None and problem.code is Code.VERSION_MISMATCH:
            self._give_up(problem)
        elif problem is not None and self._connection.ready_at < now - GIVE_UP:
            for id in [*self._questions.asked_before(now - GIVE_UP), *self._jobs]:
                self._fail(id, problem)
        self._jobs.check_time(self._connection.state == "ready")

    def _send(self, deadline: float) -> None:
        if self._connection.state != "ready":
            return
        while self._outbox:
            if not self._connection.send(self._outbox[0]):
                return
            self._outbox.popleft()
        self._jobs.send(lambda: self._clock() > deadline)
