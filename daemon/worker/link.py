"""The worker's end of its connection to the daemon."""

from __future__ import annotations

import zmq

from shared.protocol import wire
from shared.protocol.messages import Band, Cancel, Message, Shutdown, Submit

from .start import StartLine

FROM_DAEMON: frozenset[type[Message]] = frozenset({Submit, Band, Cancel, Shutdown})


class WorkerLink:
    """A DEALER socket to the daemon that started this worker. Used from one thread."""

    def __init__(self, start: StartLine) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.maxmsgsize = wire.SOCKET_BYTES
        self._socket.routing_id = start.name.encode()
        self._socket.curve_serverkey = start.server_key.encode()
        self._socket.curve_publickey, self._socket.curve_secretkey = zmq.curve_keypair()
        self._socket.connect(start.endpoint)

    def send(self, message: Message, payload: wire.Frame | None = None) -> None:
        """Send, waiting while the daemon is behind. Raises ``wire.WireError`` for what can't be sent."""
        self._socket.send_multipart(wire.encode(message, payload))

    def receive(self, wait: bool) -> tuple[Message, memoryview | None] | None:
        """The next message and its payload; ``None`` if there is none and ``wait`` is False.

        Raises ``wire.WireError``: the daemon is the same program, so that would be a bug.
        """
        try:
            frames = self._socket.recv_multipart(0 if wait else zmq.DONTWAIT)
        except zmq.Again:
            return None
        return wire.decode(frames, FROM_DAEMON)

    def close(self) -> None:
        """Close the socket and its context."""
        self._context.destroy(0)
