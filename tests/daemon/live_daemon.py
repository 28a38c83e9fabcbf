"""A daemon in a process of its own and a plain client for it, for tests on real sockets."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
import zmq

from shared.machine import endpoint, paths
from shared.protocol import wire
from shared.protocol.messages import (
    BAND_BYTES,
    Accepted,
    Band,
    DaemonStatus,
    Error,
    Message,
    Options,
    Status,
    Submit,
    bands,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIVENESS = 30.0  # seconds: far more than anything here takes, even on a busy machine

Reply = TypeVar("Reply", bound=Message)


def environment(home: Path, **more: str) -> dict[str, str]:
    """For a child that imports the product and the fake engine."""
    return {**os.environ, "BELLADONNA_HOME": str(home), "PYTHONPATH": os.pathsep.join((str(ROOT), str(HERE))), **more}


def belladonna(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", "daemon", *arguments],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=LIVENESS,
        check=False,
    )


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Wait until ``condition()`` is true and return its value."""
    deadline = time.monotonic() + LIVENESS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"It never happened that {what}.")


class LiveDaemon:
    """A daemon with the fake engine, ready for clients once constructed."""

    def __init__(self, home: Path, settings: dict[str, Any], extra_environment: dict[str, str]) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "serve_fake.py"), str(home), json.dumps(settings)],
            env=environment(home, **extra_environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.endpoint = eventually(self._published, "the daemon published where it listens")

    def _published(self) -> endpoint.Endpoint | None:
        assert self.process.poll() is None, "the daemon ended at once"
        found = endpoint.read(self.home)
        return found if found is not None and found.pid == self.process.pid else None

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def log(self) -> str:
        return paths.log_file(self.home).read_text(encoding="utf-8")

    def end(self) -> None:
        """Kill what is left; a worker dies with its daemon."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for worker in self.workers():
                worker.kill()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


class LiveClient:
    """A DEALER that speaks the protocol; ``key`` is a wrong server key, ``b""`` is no CURVE at all."""

    def __init__(self, where: endpoint.Endpoint, key: bytes | None = None) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        if key != b"":
            self.socket.curve_serverkey = key or where.server_key.encode()
            self.socket.curve_publickey, self.socket.curve_secretkey = zmq.curve_keypair()
        self.socket.connect(where.endpoint)

    def close(self) -> None:
        self.context.destroy(0)

    def send(self, message: Message, payload: bytes | None = None) -> None:
        self.socket.send_multipart(wire.encode(message, payload))

    def receive(self, seconds: float = LIVENESS) -> tuple[Message, memoryview | None]:
        """The next message. Raises ``TimeoutError``."""
        if not self.socket.poll(int(seconds * 1000)):
            raise TimeoutError("The daemon said nothing.")
        return wire.decode(self.socket.recv_multipart(), wire.TO_CLIENT)

    def wait_for(self, kind: type[Reply], message_id: str, seen: list[Message] | None = None) -> Reply:
        """The next message of a kind about an id; others go to ``seen``. An unexpected error fails the test."""
        while True:
            message, _ = self.receive()
            if message.id == message_id:
                if isinstance(message, kind):
                    return message
                assert not isinstance(message, Error), message
            if seen is not None:
                seen.append(message)

    def ask(self, message: Message, kind: type[Reply]) -> Reply:
        self.send(message)
        return self.wait_for(kind, message.id)

    def state(self) -> DaemonStatus:
        return self.ask(Status(new_id()), DaemonStatus)

    def submit(self, concept: str = "", width: int = 8, height: int = 4, **fields: Any) -> Submit:
        """Announce a picture and wait until it is accepted."""
        submit = Submit(new_id(), width, height, options=Options(concept=concept), **fields)
        assert self.ask(submit, Accepted).next_band == 0
        return submit

    def send_picture(self, submit: Submit, block: bytes | None = None) -> None:
        block = bytes(submit.total_bytes) if block is None else block
        for band in range(bands(len(block))):
            self.send(Band(submit.id, band), block[band * BAND_BYTES : (band + 1) * BAND_BYTES])

    def shade(self, concept: str = "", **fields: Any) -> Submit:
        """Announce a picture and send it."""
        submit = self.submit(concept, **fields)
        self.send_picture(submit)
        return submit


def new_id() -> str:
    return uuid.uuid4().hex
