"""A client that can start its daemon, for tests: real processes, a scripted daemon.

The installation is a script that notes each start and says, as the daemon does, that another one is there already; the
test plays that one.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curve_router import eventually
from fake_daemon import Clock, FakeDaemon

from shared.client.client import Client
from shared.client.events import Event
from shared.client.finder import Starter
from shared.machine.launch import ALREADY_RUNNING
from shared.machine.location import Location
from shared.protocol.messages import Progress, Submit, new_id

THERE_ALREADY = f"exit {ALREADY_RUNNING}"  # what the daemon says where another one holds its lock


class Scene:
    """A session, the daemon that is played (or not), and a private Python that notes what it is started for."""

    def __init__(self, home: Path, clock: Clock, *, sandboxed: bool = False) -> None:
        self.home, self.clock = home, clock
        self.python = home / "python"
        self.client = Client("test", Starter(Location(home, self.python, "0", sandboxed)), clock)
        self.daemon: FakeDaemon | None = None
        self.events: list[Event] = []

    @property
    def key(self) -> str:
        """The text that explains why there is no daemon; "" if nothing needs to be explained."""
        return "" if self.client.problem is None else self.client.problem.key

    def install(self, then: str = THERE_ALREADY) -> None:
        """Put the private Python there: it notes its arguments and its home, and does what it is told."""
        self.python.write_text(f'#!/bin/sh\necho "$* in $BELLADONNA_HOME" >> "{self.home}/starts"\n{then}\n')
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    def starts(self) -> list[str]:
        """What the private Python was started for."""
        path = self.home / "starts"
        return path.read_text().splitlines() if path.exists() else []

    def play(self) -> FakeDaemon:
        """Play a daemon from now on; the one before is gone, as if killed."""
        self.kill()
        self.daemon = FakeDaemon(self.home)
        return self.daemon

    def kill(self) -> None:
        if self.daemon is not None:
            self.daemon.close()
            self.daemon = None

    def round(self, seconds: float = 0.02) -> None:
        self.clock.now += seconds
        if self.daemon is not None:
            self.daemon.turn()
        self.events += self.client.poll()

    def until(self, done: Callable[[], Any], what: str, seconds: float = 0.02) -> Any:
        def look() -> Any:
            self.round(seconds)
            return done()

        return eventually(look, what)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def settle(self, seconds: float = 0.1) -> None:
        """Go on for a while, so that what should not happen has time to happen."""
        for _ in range(100):
            self.round(seconds)

    def connect(self) -> None:
        self.until(lambda: self.client.state == "ready", "the session was ready")

    def submit(self, block: bytes = bytes(64 * 64 * 4)) -> str:
        def source(offset: int, length: int) -> bytes:
            return block[offset : offset + length]

        return self.client.submit(Submit(new_id(), 64, 64), source)

    def submit_and_run(self, block: bytes = bytes(64 * 64 * 4)) -> str:
        """A job that has begun, and won't end with this daemon."""
        assert self.daemon is not None
        daemon = self.daemon
        daemon.on_complete = lambda id: daemon.say(Progress(id, "shading"))
        seen = len(self.of(Progress))
        id = self.submit(block)
        self.until(lambda: len(self.of(Progress)) > seen, "it ran")
        return id
