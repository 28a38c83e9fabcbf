"""How a client finds a daemon, and what it can do if none is running.

Starter(location)   for an editor or the command line: starts the installed daemon; in a sandbox it only looks
Running(home)       uses a daemon that is running and never starts one
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..machine.endpoint import Endpoint
from ..machine.launch import Launcher, Lookout, daemon_command
from ..machine.location import Location
from ..problem import Problem
from ..protocol.messages import Code
from .link import Link, bridge_command, open_link

Attempt = Launcher | Lookout
"""An attempt to have a daemon running: ``poll`` it until it says "running" or "failed"."""


class Finder(Protocol):
    """What a client needs to know about where daemons come from."""

    @property
    def home(self) -> Path | None:
        """The folder whose daemon is meant; None: the usual one."""
        ...

    @property
    def installed(self) -> bool:
        """Whether a daemon can be expected here at all."""
        ...

    def open_link(self, endpoint: Endpoint, /) -> Link:
        """A link to ``endpoint``. Raises ``LinkError``."""
        ...

    def stopped(self) -> Problem:
        """Why no daemon is running, as long as nobody has asked for one."""
        ...

    def attempt(self, patient: bool, clock: Callable[[], float]) -> Attempt | None:
        """Begin to start a daemon; None if this finder never does. ``patient``: one was running a moment ago."""
        ...


class Starter:
    """Starts the daemon of an installation, again if it has died. In a sandbox it waits for one to appear instead.

    ``command`` starts the daemon in the folder ``cwd``; by default the private environment's Python does.
    """

    def __init__(self, location: Location, command: Sequence[str] | None = None, cwd: Path | None = None) -> None:
        self._location, self._cwd = location, cwd
        self._command = daemon_command(location.python) if command is None else command

    @property
    def home(self) -> Path:
        """The installation's folder."""
        return self._location.home

    @property
    def installed(self) -> bool:
        """Whether the private environment exists; a sandbox may hide it, so there it is assumed to."""
        return self._location.sandboxed or os.path.exists(self._location.python)

    def open_link(self, endpoint: Endpoint, /) -> Link:
        """A direct link, or one over the bridge if this Python can't load pyzmq. Raises ``LinkError``."""
        return open_link(endpoint, None if self._location.sandboxed else bridge_command(self._location.python))

    def stopped(self) -> Problem:
        """No daemon is running, which is fine: it is started when it is needed."""
        return Problem(
            "client.out_of_reach" if self._location.sandboxed else "client.not_running", Code.CONNECTION_LOST
        )

    def attempt(self, patient: bool, clock: Callable[[], float]) -> Attempt:
        """Start the daemon; in a sandbox look for one, for a few seconds if ``patient``."""
        if self._location.sandboxed:
            return Lookout(self._location.home, patient=patient, clock=clock)
        return Launcher(self._command, self._location.home, self._cwd, clock=clock)


class Running:
    """Uses whatever daemon is running. ``opener`` opens the links."""

    installed = True

    def __init__(self, home: Path | None = None, opener: Callable[[Endpoint], Link] = open_link) -> None:
        self.home = home
        self.open_link = opener

    def stopped(self) -> Problem:
        """Somebody has to start it."""
        return Problem("client.none_runs", Code.CONNECTION_LOST)

    def attempt(self, patient: bool, clock: Callable[[], float]) -> None:
        """Never starts one."""
