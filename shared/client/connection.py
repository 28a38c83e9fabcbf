"""One connection to the daemon: finds it, says hello, keeps it alive, notices its end, tries again.

Nothing here waits. Time-outs count only time in which ``turn`` was called: an editor that was busy for a minute, or a
computer that slept, must not mistake messages that are waiting to be read for silence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from .. import VERSION
from ..machine import endpoint
from ..machine.endpoint import Endpoint, EndpointError
from ..problem import Problem
from ..protocol import wire
from ..protocol.messages import PROTOCOL, Code, Error, Hello, Message, Ping, Pong, Welcome, new_id
from .events import Connected, Lost
from .link import Link, LinkError

SILENCE = 10.0
"""Seconds without any answer, in spite of pings, after which the connection counts as dead."""

PING = 5.0
"""Seconds between pings. The daemon drops the jobs of a client that is silent for 60."""

_LOOK = 1.0  # seconds between two looks whether the connection file names another daemon
_PAUSES = (0.25, 0.5, 1.0, 2.0)  # seconds before the next try
_EAGER = 30.0  # seconds of such tries; after that a daemon that never answered is tried less often
_LONGEST_TURN = 1.0

Condition = Literal["connecting", "ready", "lost"]

MISMATCH, SILENT = "client.version_mismatch", "client.silent"
HOPELESS = (MISMATCH, SILENT)
"""Keys of problems with a daemon that is running: starting another one wouldn't help."""


class Connection:
    """``report`` is called with ``Connected`` and ``Lost``; ``open_link`` may raise ``LinkError``."""

    def __init__(
        self,
        open_link: Callable[[Endpoint], Link],
        name: str,
        report: Callable[[Connected | Lost], None],
        home: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state: Condition = "connecting"
        self.welcome: Welcome | None = None
        self.problem: Problem | None = None  # why there is no connection
        self.time = 0.0  # seconds in which somebody looked
        self.ready_at = 0.0  # when the connection was last good
        self._open_link, self._name, self._report, self._home, self._clock = open_link, name, report, home, clock
        self._link: Link | None = None
        self._endpoint: Endpoint | None = None
        self._closed = False
        self._last_turn = clock()
        self._greeting: Message | None = None  # a hello that the link hasn't taken yet
        self._hello_id = ""
        self._heard = self._looked = self._next_try = self._tried = 0.0
        self._failures = 0
        self._pinged = self._last_turn

    def turn(self) -> None:
        """Do what is due. Call it several times a second."""
        now = self._clock()
        self.time += min(now - self._last_turn, _LONGEST_TURN)
        self._last_turn = now
        if self.state == "ready":
            self.ready_at = self.time
        if self._closed:
            return
        if self._link is None:
            if self.time >= self._next_try:
                self._open()
        elif self._replaced():
            if self.state == "ready":
                self.lose(_lost("client.restarted"), retry_in=0.0)
            else:
                self._close_link()
            self._open()
        if self._greeting is not None and self.send(self._greeting):
            self._greeting = None
        if self.state == "ready" and now - self._pinged >= PING and self.send(Ping(new_id())):
            self._pinged = now

    def check_silence(self) -> None:
        """Give up the connection if nothing has come for too long. Call it after everything has been received."""
        if self._link is not None and self.time - self._heard > SILENCE:
            self.lose(_lost(SILENT))

    def send(self, message: Message, payload: memoryview | None = None) -> bool:
        """Hand over one message. False: not now, or no longer on this connection."""
        if self._link is None:
            return False
        try:
            return self._link.send(wire.encode(message, payload))
        except LinkError as problem:
            self.lose(problem)
            return False

    def receive(self) -> tuple[Message, memoryview | None] | None:
        """The next message that is not about the connection itself; None if there is none."""
        while self._link is not None:
            frames: Sequence[wire.Frame] | None = None
            try:
                frames = self._link.receive()
                if frames is None:
                    return None
                message, payload = wire.decode(frames, wire.TO_CLIENT)
            except LinkError as problem:
                self.lose(problem)
                return None
            except wire.WireError as problem:
                if problem.id is None and frames is not None and wire.foreign(frames) is not None:
                    self._mismatch()
                    return None
                if problem.id is None:
                    self.lose(_lost("client.unreadable"))
                    return None
                message, payload = Problem("client.nonsense").error(problem.id), None
            self._heard = self.time
            if message.id == self._hello_id:
                self._greeted(message)
            elif self.state == "ready":
                return message, payload
        return None

    def wait(self, milliseconds: int) -> None:
        """Wait until something arrives, at most so long. For programs that have nothing else to do."""
        if self._link is None:
            time.sleep(milliseconds / 1000)
        else:
            self._link.wait(milliseconds)

    def lose(self, why: Problem, retry_in: float | None = None) -> None:
        """Drop the connection for a reason; it is made again after a pause."""
        self._drop(why)
        self._next_try = self.time + (_PAUSES[self._failures] if retry_in is None else retry_in)
        self._failures = min(self._failures + 1, len(_PAUSES) - 1)

    def retry(self) -> None:
        """Try at once, with new patience: a daemon is probably running now."""
        if self.state != "ready" and not self._closed:
            self.state, self.problem = "connecting", None
            self.ready_at = self._next_try = self.time
            self._looked = self.time - _LOOK  # a link that is open may lead to another daemon
            self._failures = 0

    def close(self) -> None:
        """Drop the connection for good, without an event."""
        self._closed = True
        self.state = "lost"
        self._close_link()

    def _open(self) -> None:
        try:
            found = endpoint.read(self._home)
            if found is not None and found == self._endpoint and self._is_given_up():
                self._next_try = self.time + _PAUSES[-1]
                return None
            self._endpoint, self._tried = found, self.time
            if self._endpoint is None:
                return self.lose(_lost("client.none_runs"))
            if self._endpoint.protocol != PROTOCOL:
                return self._mismatch()
            self._link = self._open_link(self._endpoint)
        except (EndpointError, LinkError) as problem:
            return self.lose(problem)
        if self.problem is None:
            self.state = "connecting"
        self._hello_id = new_id()
        self._greeting = Hello(self._hello_id, PROTOCOL, self._name, VERSION)
        self._heard = self._looked = self.time
        return None

    def _greeted(self, answer: Message) -> None:
        self._hello_id = ""
        if isinstance(answer, Welcome) and answer.protocol == PROTOCOL:
            self.state, self.welcome, self.problem = "ready", answer, None
            self._failures = 0
            self.ready_at = self.time
            self._pinged = self._clock()
            self._report(Connected(answer))
        elif isinstance(answer, Welcome) or (isinstance(answer, Error) and answer.code is Code.VERSION_MISMATCH):
            self._mismatch()
        elif isinstance(answer, Error):
            self.lose(Problem.of(answer))
        elif not isinstance(answer, Pong):
            self.lose(_lost("client.unreadable"))

    def _mismatch(self) -> None:
        self.lose(Problem(MISMATCH, Code.VERSION_MISMATCH))

    def _is_given_up(self) -> bool:
        """Whether it is too early to try the same daemon once more.

        One that was killed leaves its connection file behind. A link costs a process where there is no pyzmq, a look
        at the file nothing.
        """
        return self.time - self.ready_at > _EAGER and self.time - self._tried < _EAGER

    def _replaced(self) -> bool:
        """Whether the connection file names another daemon than the one this connection goes to."""
        if self.time - self._looked < _LOOK:
            return False
        self._looked = self.time
        try:
            published = endpoint.read(self._home)
        except EndpointError:
            return False
        return published is not None and published != self._endpoint

    def _drop(self, why: Problem) -> None:
        self._close_link()
        self._greeting = None
        self._hello_id = ""
        self.state = "lost"
        if why != self.problem:
            self.problem = why
            self._report(Lost(why))

    def _close_link(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


def _lost(key: str) -> Problem:
    return Problem(key, Code.CONNECTION_LOST)
