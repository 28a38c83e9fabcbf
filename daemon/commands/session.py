"""What a command that shades needs around it: a connected client when it is first wanted, and Ctrl-C that is heard."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from shared.client.client import Client
from shared.client.connection import MISMATCH
from shared.client.events import Lost
from shared.client.link import open_link
from shared.machine.launch import Launcher

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0
"""Seconds until a daemon that runs but doesn't answer is given up."""


class NoDaemon(Exception):
    """There is no daemon and none can be started. ``message`` is a sentence, ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Cancelled(Exception):
    """The user pressed Ctrl-C."""


class Session:
    """For ``with``. Inside, the first Ctrl-C only sets ``interrupted``; a second one ends the program at once."""

    def __init__(self, name: str) -> None:
        """``name`` is for the daemon's log."""
        self.interrupted = False
        self._name = name
        self._client: Client | None = None
        self._handler: Any = None

    def __enter__(self) -> Session:
        self._handler = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._handler)
        if self._client is not None:
            self._client.close()

    def client(self) -> Client:
        """The client, connected; starts the daemon if none runs. Raises ``NoDaemon`` and ``Cancelled``."""
        if self._client is None:
            self._launch()
            self._client = Client(open_link, self._name)
            self._connect(self._client)
        return self._client

    def _launch(self) -> None:
        launcher = Launcher([sys.executable, "-m", "daemon", "serve"], cwd=ROOT)
        try:
            while (state := launcher.poll()) == "starting":
                self._check()
                time.sleep(0.02)
        finally:
            launcher.close()
        if state == "failed":
            raise NoDaemon(launcher.reason, launcher.hint)

    def _connect(self, client: Client) -> None:
        deadline = time.monotonic() + PATIENCE
        problem = Lost("The Belladonna daemon doesn't answer.", "Stop it with “belladonna stop” and try again.")
        while client.state != "ready":
            problem = next((event for event in client.poll() if isinstance(event, Lost)), problem)
            self._check()
            if problem == MISMATCH or time.monotonic() > deadline:
                raise NoDaemon(problem.message, problem.hint)
            client.wait(50)

    def _check(self) -> None:
        if self.interrupted:
            raise Cancelled

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
