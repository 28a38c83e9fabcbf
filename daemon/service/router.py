"""A ROUTER socket on loopback that speaks the protocol: encrypted, bounded, and never blocking."""

from __future__ import annotations

import logging

import zmq

from shared.protocol import wire
from shared.protocol.messages import PROTOCOL, Message

log = logging.getLogger(__name__)

HANDSHAKE_MS = 5_000


class Router:
    """Listens on a random port of 127.0.0.1 with a new CURVE key; anyone who knows ``key`` may connect.

    ``backlog`` is how many messages may wait in each direction for one peer; 0 is no limit.
    Used from one thread.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], backlog: int) -> None:
        public, secret = zmq.curve_keypair()
        self.socket = context.socket(zmq.ROUTER)
        self.socket.curve_server = True
        self.socket.curve_secretkey = secret
        self.socket.linger = 0
        self.socket.maxmsgsize = wire.SOCKET_BYTES
        self.socket.handshake_ivl = HANDSHAKE_MS
        self.socket.router_mandatory = True  # so that sending to a dead peer fails instead of doing nothing
        self.socket.sndhwm = self.socket.rcvhwm = backlog
        self.socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self.socket.get_string(zmq.LAST_ENDPOINT)
        self.key = public.decode()

    def send(self, peer: bytes, message: Message, payload: wire.Frame | None = None, version: int = PROTOCOL) -> bool:
        """Send to one peer. False if the peer is gone; a peer that doesn't read loses the message."""
        try:
            self.socket.send_multipart([peer, *wire.encode(message, payload, version)], zmq.DONTWAIT)
        except zmq.Again:
            log.warning("a peer does not read; dropped a “%s” for it", message.TYPE)
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            return False
        return True

    def receive(self) -> tuple[bytes, list[bytes]] | None:
        """The next message as its peer and frames, or ``None`` if nothing is there."""
        try:
            peer = self.socket.recv(zmq.DONTWAIT)
        except zmq.Again:
            return None
        frames: list[bytes] = []
        while self.socket.rcvmore:
            frame = self.socket.recv()
            if len(frames) <= wire.FRAMES:  # of a message with too many, enough is kept to see that
                frames.append(frame)
        return peer, frames

    def close(self, linger_ms: int = 0) -> None:
        """Close the socket; up to ``linger_ms`` are spent on messages that wait, when the context ends."""
        self.socket.close(linger_ms)
