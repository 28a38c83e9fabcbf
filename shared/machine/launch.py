"""Start the daemon if none is running, without ever making an editor wait.

Several editors may try at the same moment: a lock lets one of them start it, the others see it appear. The daemon
outlives whoever started it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Literal

from ..problem import Problem
from ..protocol.messages import Code
from . import endpoint, paths
from .filelock import FileLock
from .process import clean_environment, detached, leave

PATIENCE = 20.0
"""Seconds until a start that leads to nothing is given up."""

ALREADY_RUNNING = 3
"""The daemon's exit code when another one holds its lock."""

_PAUSES = (1.0, 3.0)  # seconds before the second and third try, after the daemon ended at once
_CONNECT_SECONDS = 0.1  # loopback answers at once, or (on Windows, when nobody listens) after seconds
_LOG_BYTES = 256 * 1024

LaunchState = Literal["running", "starting", "failed"]

_RETURN = 10.0  # seconds until a service manager or an upgrade has restarted a daemon: systemd takes 5, an upgrade 1


def running(home: Path | None = None) -> bool:
    """Whether a daemon listens where the connection file says.

    Asks the port rather than the process id: after a restart of the computer the id in a file left behind belongs to
    another program, and inside a sandbox such as Flatpak the ids of programs outside can't be seen. Raises
    ``EndpointError`` if the file can't be trusted.
    """
    published = endpoint.read(home)
    if published is None:
        return False
    try:
        socket.create_connection(("127.0.0.1", published.port), _CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def daemon_command(python: Path) -> list[str]:
    """What starts the daemon with the private environment's ``python``.

    ``-I``: no module is picked up from the working folder.
    """
    return [str(python), "-I", "-m", "daemon", "serve"]


class Launcher:
    """One attempt to have a daemon running: call ``poll`` every now and then until it says "running" or "failed".

    ``command`` starts the daemon and stays in the foreground; ``cwd`` is its working folder. After "failed",
    ``problem`` says why.
    """

    def __init__(
        self,
        command: Sequence[str],
        home: Path | None = None,
        cwd: Path | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.problem: Problem | None = None
        self._command = list(command)
        self._home = paths.home() if home is None else home
        self._cwd = cwd
        self._clock = clock
        self._deadline = clock() + patience
        self._lock = FileLock(paths.start_lock_file(self._home))
        self._process: subprocess.Popen[bytes] | None = None
        self._tries = 0
        self._not_before = 0.0
        self._state: LaunchState = "starting"

    def poll(self) -> LaunchState:
        """Take the next step. Never waits longer than it takes to start a process."""
        if self._state == "starting":
            try:
                self._state = self._step()
            except endpoint.EndpointError as problem:
                self._state = self._fail(problem)
            except OSError as error:
                self._state = self._fail(_failed("machine.cannot_start", reason=error))
            if self._state != "starting":
                self._lock.release()
        return self._state

    def close(self) -> None:
        """Give up the attempt; a daemon that is being started goes on starting."""
        self._lock.release()

    def _step(self) -> LaunchState:
        if running(self._home):
            return "running"
        now = self._clock()
        if now > self._deadline:
            return self._fail(_failed("machine.no_answer", log=paths.start_log_file(self._home)))
        if self._process is not None:
            code = self._process.poll()
            if code is None or code == ALREADY_RUNNING:
                return "starting"
            if self._tries > len(_PAUSES):
                log = paths.start_log_file(self._home)
                return self._fail(_failed("machine.ended_at_once", status=code, log=log))
            self._process = None
            self._not_before = now + _PAUSES[self._tries - 1]
        # Whoever has the lock is starting the daemon; if it gives up, the lock is free and this one tries. And between
        # the look above and the lock it may have succeeded, so look again.
        if now >= self._not_before and self._lock.acquire():
            if running(self._home):
                return "running"
            self._tries += 1
            with self._open_log() as log:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self._cwd or self._home,
                    # The editor's environment may lack the variable that install.py was given.
                    env={**clean_environment(), "BELLADONNA_HOME": str(self._home)},
                    **detached(),
                )
            leave(self._process)
        return "starting"

    def _open_log(self) -> IO[bytes]:
        path = paths.start_log_file(self._home)
        paths.private_dir(path.parent)
        full = path.exists() and path.stat().st_size > _LOG_BYTES
        return open(path, "wb" if full else "ab", opener=lambda name, flags: os.open(name, flags, 0o600))

    def _fail(self, problem: Problem) -> LaunchState:
        self.problem = problem
        return "failed"


class Lookout:
    """Like ``Launcher`` where no daemon can be started, in a sandbox: it only looks whether one is there.

    ``patient``: one was there a moment ago and may come back, so it is given a few seconds. After "failed",
    ``problem`` says what is wrong with the connection file; it is None if there simply is no daemon.
    """

    def __init__(self, home: Path, *, patient: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.problem: Problem | None = None
        self._home, self._clock = home, clock
        self._deadline = clock() + (_RETURN if patient else 0.0)

    def poll(self) -> LaunchState:
        """Look once more. Doesn't wait."""
        try:
            if running(self._home):
                return "running"
        except endpoint.EndpointError as problem:
            self.problem = problem
            return "failed"
        return "starting" if self._clock() < self._deadline else "failed"

    def close(self) -> None:
        """Give up; there is nothing to release."""


def _failed(key: str, **values: object) -> Problem:
    return Problem(key, Code.CONNECTION_LOST, **values)
