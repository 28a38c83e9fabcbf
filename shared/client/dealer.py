"""A client's ZeroMQ socket: made, closed, and read and written without waiting. For ``link.py`` and the bridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..machine.endpoint import Endpoint
from ..protocol.wire import FRAMES, SOCKET_BYTES

QUEUE = 64
"""Messages that wait in each direction before there is no room for more."""

_HANDSHAKE_MS = 5_000
_HOUR_MS = 3_600_000
_LINGER_MS = 100  # a release sent just before close still goes out; nobody is listening: nothing waits


def connect(context: Any, endpoint: Endpoint) -> tuple[Any, Any]:
    """A DEALER socket on its way to ``endpoint``, and its monitor, readable once the connection has ended."""
    import zmq

    dealer = context.socket(zmq.DEALER)
    dealer.setsockopt(zmq.LINGER, _LINGER_MS)
    dealer.setsockopt(zmq.SNDHWM, QUEUE)
    dealer.setsockopt(zmq.RCVHWM, QUEUE)
    dealer.setsockopt(zmq.MAXMSGSIZE, SOCKET_BYTES)
    dealer.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)
    # In effect never. Really never (-1) would discard what was received before the end but not read yet.
    dealer.setsockopt(zmq.RECONNECT_IVL, _HOUR_MS)
    public, secret = zmq.curve_keypair()
    dealer.setsockopt(zmq.CURVE_PUBLICKEY, public)
    dealer.setsockopt(zmq.CURVE_SECRETKEY, secret)
    dealer.setsockopt(zmq.CURVE_SERVERKEY, endpoint.server_key.encode("ascii"))
    monitor = dealer.get_monitor_socket(
        zmq.EVENT_CLOSED
        | zmq.EVENT_DISCONNECTED
        | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
        | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
        | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    )
    dealer.connect(endpoint.endpoint)
    return dealer, monitor


def disconnect(dealer: Any, monitor: Any) -> None:
    """Close what ``connect`` made."""
    dealer.disable_monitor()
    monitor.close(0)
    dealer.close()


def receive_frames(dealer: Any) -> list[bytes] | None:
    """The next message, None if there is none. Of one with too many frames only enough is kept to see that."""
    import zmq

    try:
        frames = [dealer.recv(zmq.NOBLOCK)]
    except zmq.Again:
        return None
    while dealer.getsockopt(zmq.RCVMORE):
        frame = dealer.recv(zmq.NOBLOCK)
        if len(frames) <= FRAMES:
            frames.append(frame)
    return frames


def send_frames(dealer: Any, frames: Sequence[bytes | memoryview]) -> bool:
    """Hand one message to the socket; False if it has no room."""
    import zmq

    last = len(frames) - 1
    for index, frame in enumerate(frames):
        try:
            dealer.send(frame, zmq.NOBLOCK | (zmq.SNDMORE if index < last else 0))
        except zmq.Again:
            if index == 0:
                return False
            # The connection broke in mid-message. libzmq drops the other frames too, but expects to get them.
    return True
