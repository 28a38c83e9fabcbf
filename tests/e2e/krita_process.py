"""A Krita that runs and answers requests: its start, its end, and what happens when it crashes or hangs."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from tests.e2e.display import Display
from tests.e2e.krita_folders import KritaFolders

START_SECONDS = 150.0  # a first start of Krita 6 takes 43 s on an idle machine
QUIT_SECONDS = 60.0


class KritaGone(Exception):
    """Krita crashed, or was killed because it didn't answer. The message ends with the last lines of its logs."""


class KritaProcess:
    """Starts ``command`` in ``folders`` on ``display``; its driver has connected when the constructor returns.

    Raises ``KritaGone`` if Krita doesn't get that far.
    """

    def __init__(
        self, command: Sequence[str], folders: KritaFolders, display: Display, environment: Mapping[str, str]
    ) -> None:
        self._folders, self._display = folders, display
        began = time.monotonic()
        with socket.socket(socket.AF_UNIX) as listener, open(folders.log, "ab") as log:
            listener.bind(str(folders.socket))
            listener.listen(1)
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=folders.base,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that a wrapper in front of Krita is killed together with it
            )
            self._socket: socket.socket | None = None
            self._answers: IO[bytes] | None = None
            try:
                self._socket = self._accept(listener)
            except BaseException:
                self.kill()
                raise
        self._answers = self._socket.makefile("rb")
        self.start_seconds = time.monotonic() - began

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a request, see ``krita_driver/remote.py``, and wait for the answer.

        Raises ``KritaGone``; a Krita that hasn't answered after ``seconds`` is killed.
        """
        if self._socket is None or self._answers is None:
            raise KritaGone("This Krita has ended.")
        line = json.dumps(request, default=_encode).encode() + b"\n"
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(line)
            line = self._answers.readline()
        except TimeoutError:
            self._give_up(f"didn't answer within {seconds:.0f} s to: {request['source']}")
        except ConnectionError:
            line = b""
        except BaseException:  # the test was interrupted, and the next request would get the answer to this one
            self._display.screenshot(self._folders.hung)
            self.kill()
            raise
        if not line:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)  # so that the exit code is its own, and not that of being killed
            self.kill()
            raise KritaGone(f"Krita ended with code {self._process.returncode}. {self._last_words()}")
        return json.loads(line, object_hook=_decode)

    @property
    def running(self) -> bool:
        """Whether this Krita still takes requests."""
        return self._answers is not None and self._process.poll() is None

    def wait(self, seconds: float = QUIT_SECONDS) -> int:
        """Wait for Krita to end by itself and return its exit code. One that stays is killed: ``KritaGone``."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._give_up(f"didn't quit within {seconds:.0f} s")
        self.kill()
        return code

    def kill(self) -> None:
        """End Krita now, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for each in (self._answers, self._socket):
            if each is not None:
                each.close()
        self._answers = None

    def _accept(self, listener: socket.socket) -> socket.socket:
        """The driver's connection, which it makes when Krita is up."""
        listener.settimeout(0.2)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                return listener.accept()[0]
            if self._process.poll() is not None:
                code = self._process.returncode
                raise KritaGone(f"Krita ended with code {code} while it was starting. {self._last_words()}")
            if time.monotonic() > deadline:
                self._give_up(f"wasn't up after {START_SECONDS:.0f} s")

    def _give_up(self, what: str) -> NoReturn:
        """The watchdog: keep what can be seen, kill."""
        self._display.screenshot(self._folders.hung)
        self.kill()
        raise KritaGone(f"Krita {what}. It was killed; see {self._folders.hung}. {self._last_words()}")

    def _last_words(self) -> str:
        logs = [file for file in (self._folders.log, self._folders.driver_log) if file.exists()]
        ends = [f"{file.name} ends with:\n{_end_of(file)}" for file in logs]
        return "\n".join(["", *ends])


def _end_of(file: Path) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-30:])


def _encode(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} can't be sent to Krita")


def _decode(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
