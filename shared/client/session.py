"""The daemon as an editor meets it: found, or started when it is wanted, and taken up again after a crash.

    session = Session("krita 5.2.9", location.read(folder))
    session.start()                              # once something is to be shaded; not needed to look
    every 50 ms:  for event in session.poll(): …
    after Connected:  id = session.submit(Submit(new_id(), width, height, …), source)

A session that nobody started uses a daemon that runs and never starts one. While a job is under way it starts a new
one when the old one has died, and the client sends the picture again: a killed daemon costs time, not the job. In a
sandbox it never starts any, and uses one as soon as it appears. One thread only; nothing but ``wait`` waits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Literal

from ..machine.endpoint import EndpointError
from ..machine.launch import Launcher, Lookout, daemon_command, running
from ..machine.location import Location
from ..protocol.messages import Submit, Welcome
from .client import Client
from .connection import MISMATCH, SILENT
from .events import Connected, Event, Lost, Unavailable
from .link import bridge_command, open_link
from .transfer import Source

TRIES = 3
"""How often a start goes on after a daemon was there and the connection to it broke before it said a word."""

NOT_INSTALLED = Lost("Belladonna's daemon is not installed.", "Run Belladonna's install.py.")
NOT_RUNNING = Lost("Belladonna's daemon is not running.", "It is started as soon as something is shaded.")
OUT_OF_REACH = Lost(Lookout.reason, Lookout.hint)

SessionState = Literal["missing", "stopped", "starting", "ready", "lost"]
"""missing: no daemon runs and there is none to start · stopped: none runs, which is no fault · starting: one is
started or looked for · ready: connected · lost: something went wrong, which ``Session.problem`` names."""


class Session:
    """``name`` is the editor's, for the daemon's log; nothing happens before the first ``poll``."""

    def __init__(self, name: str, location: Location, clock: Callable[[], float] = time.monotonic) -> None:
        bridge = None if location.sandboxed else bridge_command(location.python)
        self._location, self._clock = location, clock
        self._client = Client(lambda endpoint: open_link(endpoint, bridge), name, location.home, clock)
        self._launcher: Launcher | Lookout | None = None  # a daemon is being started
        self._starting = False  # a daemon was wanted, and whether there is one isn't known yet
        self._tries = 0
        self._failure: Lost | None = None  # what the last start came to
        self._lost: Lost | None = None  # what the client last said
        self._deserted = False  # nobody listened when it did
        self._events: list[Event | Unavailable] = []

    @property
    def state(self) -> SessionState:
        if self._client.state == "ready":
            return "ready"
        if self._starting or self._client.state == "connecting":
            return "starting"
        if self._deserted and not self._installed:
            return "missing"
        return "stopped" if self._deserted and self._failure is None else "lost"

    @property
    def problem(self) -> Lost | None:
        """Why there is no daemon; None while ``state`` is "ready" or "starting"."""
        stopped = OUT_OF_REACH if self._location.sandboxed else NOT_RUNNING
        known = {"missing": NOT_INSTALLED, "stopped": stopped, "lost": self._failure or self._lost}
        return known.get(self.state)

    @property
    def welcome(self) -> Welcome | None:
        """What the daemon said about itself when it last answered."""
        return self._client.welcome

    def start(self) -> None:
        """Have a daemon running and be connected to it; harmless if that is so, or under way.

        Either ``Connected`` or ``Unavailable`` follows, unless the session is ready.
        """
        if not self._starting and self._client.state != "ready":
            self._starting, self._tries, self._failure = True, 0, None
            self._launch()

    def poll(self, budget: float = 0.01) -> list[Event | Unavailable]:
        """Do what can be done now, in about ``budget`` seconds, and return what happened since the last call."""
        if self._launcher is not None:
            self._follow(self._launcher)
        for event in self._client.poll(budget):
            self._events.append(event)
            if isinstance(event, Connected):
                self._settle(None)
            elif isinstance(event, Lost):
                self._broken(event)
        events, self._events = self._events, []
        return events

    def submit(self, submit: Submit, source: Source) -> str:
        """Have a picture shaded; returns the job's id. As ``Client.submit``, whose ``Refused`` it raises too."""
        return self._client.submit(submit, source)

    def cancel(self, id: str) -> None:
        """Stop a job; ``Failed`` with the code ``cancelled`` follows. Does nothing if the job has ended."""
        self._client.cancel(id)

    def resolve(self, concept: str) -> str:
        """Ask which target a concept gets; ``Resolved`` (or ``Failed``) with the returned id follows.

        Raises ``Refused`` for a text that can't be sent.
        """
        return self._client.resolve(concept)

    def vocabulary(self) -> str:
        """Ask for the concepts of the daemon's table; ``Words`` (or ``Failed``) with the returned id follows."""
        return self._client.vocabulary()

    def status(self) -> str:
        """Ask how the daemon is; ``State`` (or ``Failed``) with the returned id follows."""
        return self._client.status()

    def wait(self, milliseconds: int) -> None:
        """Wait until the next ``poll`` has something to receive, at most so long. Not for an editor's thread."""
        self._client.wait(milliseconds)

    def close(self) -> None:
        """Leave. The daemon goes on running and forgets unfinished jobs; no more events come."""
        self._settle(None)
        self._client.close()

    @property
    def _installed(self) -> bool:
        return self._location.sandboxed or os.path.exists(self._location.python)  # which a sandbox may not show

    def _listening(self) -> bool:
        """Whether somebody listens where the connection file says, or the file itself is what is wrong."""
        try:
            return running(self._location.home)
        except EndpointError:
            return True

    def _launch(self) -> None:
        self._tries += 1
        if self._location.sandboxed:
            self._launcher = Lookout(self._location.home, patient=self._client.busy, clock=self._clock)
            return
        self._launcher = Launcher(daemon_command(self._location.python), self._location.home, clock=self._clock)

    def _follow(self, launcher: Launcher | Lookout) -> None:
        """See how the launch goes."""
        if not self._installed and not self._listening():
            return self._fail(NOT_INSTALLED)
        state = launcher.poll()
        if state == "failed":
            self._fail(Lost(launcher.reason, launcher.hint))
        elif state == "running":
            launcher.close()
            self._launcher = None
            self._client.retry()
        return None

    def _broken(self, why: Lost) -> None:
        """There is no connection, or it ended."""
        self._lost, self._deserted = why, not self._listening()
        if self._launcher is not None:
            return  # this is about the daemon that was there before
        hopeless = why in (MISMATCH, SILENT)  # the daemon is there: another start would change nothing
        if self._starting:
            if hopeless or self._tries == TRIES:
                self._fail(why)
            else:
                self._launch()
        elif self._client.busy and not hopeless:
            self.start()

    def _fail(self, why: Lost) -> None:
        self._settle(why)
        self._events.append(Unavailable(why.message, why.hint))
        self._client.give_up(why.message, why.hint)

    def _settle(self, failure: Lost | None) -> None:
        """Nothing is being started any more."""
        if self._launcher is not None:
            self._launcher.close()
            self._launcher = None
        self._starting, self._failure = False, failure
