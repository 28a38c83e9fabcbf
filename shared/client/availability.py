"""Whether there is a daemon for a client, and how to get one started.

It does nothing by itself: the client reports on its connection and calls ``follow`` at every poll.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from ..machine.endpoint import EndpointError
from ..machine.launch import running
from ..problem import Problem
from ..protocol.messages import Code
from .connection import HOPELESS, Connection
from .finder import Attempt, Finder

TRIES = 3
"""How often a start is repeated if a daemon was there but the connection broke before it had answered."""

ClientState = Literal["missing", "stopped", "starting", "ready", "lost"]
"""missing: no daemon is running and none is installed · stopped: none is running, which is fine · starting: one is
being started or looked for · ready: connected · lost: something went wrong, see ``Client.problem``."""


class Availability:
    """``give_up`` is called with the reason when a daemon was wanted and there is none.

    ``busy`` tells whether work is under way, for which a daemon that has died is started again.
    """

    def __init__(
        self,
        finder: Finder,
        connection: Connection,
        busy: Callable[[], bool],
        give_up: Callable[[Problem], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._finder, self._connection, self._busy, self._give_up = finder, connection, busy, give_up
        self._clock = clock
        self._attempt: Attempt | None = None  # a daemon is being started
        self._starting = False  # a daemon was wanted, and whether there is one isn't known yet
        self._tries = 0
        self._failure: Problem | None = None  # why the last start failed
        self._lost: Problem | None = None  # why the connection ended
        self._deserted = False  # nobody was listening when it did

    @property
    def state(self) -> ClientState:
        """Where the client stands, in one word."""
        if self._connection.state == "ready":
            return "ready"
        if self._starting or self._connection.state == "connecting":
            return "starting"
        if self._deserted and not self._finder.installed:
            return "missing"
        return "stopped" if self._deserted and self._failure is None else "lost"

    @property
    def problem(self) -> Problem | None:
        """Why there is no daemon; None while ``state`` is "ready" or "starting"."""
        state = self.state
        if state == "missing":
            return _not_installed()
        if state == "stopped":
            return self._finder.stopped()
        return self._failure or self._lost if state == "lost" else None

    def start(self) -> None:
        """Start a daemon if none is running, and connect to it; harmless if that is done or under way."""
        if self._starting or self._connection.state == "ready":
            return
        self._starting, self._tries, self._failure = True, 0, None
        if not self._launch():
            self._connection.retry()  # somebody else may have started one

    def follow(self) -> None:
        """See how the start is going."""
        if self._attempt is None:
            return
        if not self._finder.installed and not self._listening():
            self._fail(_not_installed())
            return
        state = self._attempt.poll()
        if state == "failed":
            self._fail(self._attempt.problem or self._finder.stopped())
        elif state == "running":
            self._attempt.close()
            self._attempt = None
            self._connection.retry()

    def connected(self) -> None:
        """The daemon has answered."""
        self._settle(None)

    def broken(self, why: Problem) -> None:
        """There is no connection, or it ended."""
        self._lost, self._deserted = why, not self._listening()
        if self._attempt is not None:
            return  # this is about the daemon that was there before
        hopeless = why.key in HOPELESS  # the daemon is there: starting another would change nothing
        if self._starting:
            if hopeless or self._tries == TRIES or not self._launch():
                self._fail(why)
        elif self._busy() and not hopeless:
            self._tries, self._failure = 0, None
            self._starting = self._launch()

    def close(self) -> None:
        """Give up a start that is under way; a daemon that is starting goes on."""
        self._settle(None)

    def _listening(self) -> bool:
        """Whether somebody is listening where the connection file says, or the file itself is what is wrong."""
        try:
            return running(self._finder.home)
        except EndpointError:
            return True

    def _launch(self) -> bool:
        """Begin an attempt; False if none can be made."""
        self._tries += 1
        self._attempt = self._finder.attempt(self._busy(), self._clock)
        return self._attempt is not None

    def _fail(self, why: Problem) -> None:
        self._settle(why)
        self._give_up(why)

    def _settle(self, failure: Problem | None) -> None:
        """Stop starting anything."""
        if self._attempt is not None:
            self._attempt.close()
            self._attempt = None
        self._starting, self._failure = False, failure


def _not_installed() -> Problem:
    return Problem("client.not_installed", Code.CONNECTION_LOST)
