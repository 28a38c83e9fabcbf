"""A real ROUTER socket with CURVE, as the daemon has, for tests that play the daemon themselves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import zmq

from shared.machine.endpoint import Endpoint
from shared.protocol.messages import BAND_BYTES, PROTOCOL

LIVENESS = 30.0  # seconds: far more than anything here takes, even on a busy machine


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Call ``condition`` until it returns something true, and return that."""
    deadline = time.monotonic() + LIVENESS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.002)
    raise AssertionError(f"It never happened that {what}.")


class CurveRouter:
    """Listens on a random port of loopback with a fresh key."""

    def __init__(self, curve: bool = True) -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.MAXMSGSIZE, BAND_BYTES + 4096)
        public, secret = zmq.curve_keypair()
        if curve:
            self.socket.setsockopt(zmq.CURVE_SERVER, 1)
            self.socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = Endpoint(f"tcp://127.0.0.1:{port}", public.decode(), os.getpid(), PROTOCOL, "0.0.0")

    def receive(self) -> list[bytes] | None:
        """The next message, its first frame being the peer's routing id; None if there is none."""
        try:
            return self.socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def send(self, peer: bytes, frames: Sequence[bytes | memoryview]) -> None:
        self.socket.send_multipart([peer, *frames])

    def close(self) -> None:
        self.socket.close()
        self._context.term()

    def __enter__(self) -> CurveRouter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
