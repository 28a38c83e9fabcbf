"""The bridge: carries messages between stdin/stdout and the daemon for a process that can't load pyzmq.

Started by ``BridgeLink`` in ``link.py`` as ``python -m shared.client.bridge``. The first message on stdin is the
endpoint; each later one goes to the daemon, and each from the daemon to stdout. It ends when stdin closes (the editor
is gone) or when the daemon ends the connection.
"""

from __future__ import annotations

import os
import sys
import threading
from io import FileIO
from typing import Any

from ..machine import endpoint
from .dealer import connect, disconnect, receive_frames, send_frames
from .framing import FramingError, read_message, write_message
from .link import DISCONNECTED

_FROM_EDITOR = "inproc://from-editor"
_MESSAGE, _END = b"message", b"end"
_PATIENCE = 1.0  # seconds for the last messages to go out
_WAITING = 8  # messages between the two threads


def main() -> int:
    """Run the bridge; the exit code."""
    import zmq

    source, sink = FileIO(0, "rb", closefd=False), FileIO(1, "wb", closefd=False)
    try:
        first = read_message(source)
        target = endpoint.parse(first[0]) if first else None
    except (FramingError, OSError):
        target = None
    if target is None:
        print("The first message is not an endpoint.", file=sys.stderr, flush=True)
        return 2

    context = zmq.Context()
    inbox = context.socket(zmq.PULL)
    inbox.setsockopt(zmq.RCVHWM, _WAITING)
    inbox.bind(_FROM_EDITOR)
    dealer, monitor = connect(context, target)
    threading.Thread(target=_read_editor, args=(context, source), daemon=True).start()
    try:
        code = _carry(inbox, dealer, monitor, sink)
    except OSError:  # nobody reads stdout now
        return 0
    if code == 0:  # the other thread is ending too: let the last messages out
        disconnect(dealer, monitor)
        inbox.close(0)
        context.term()
    return code


def _carry(inbox: Any, dealer: Any, monitor: Any, sink: FileIO) -> int:
    import zmq

    held: list[bytes] | None = None  # from the editor, while the daemon takes no more
    while True:
        poller = zmq.Poller()
        poller.register(monitor, zmq.POLLIN)
        poller.register(dealer, zmq.POLLIN if held is None else zmq.POLLIN | zmq.POLLOUT)
        if held is None:
            poller.register(inbox, zmq.POLLIN)
        ready = dict(poller.poll())
        while (frames := receive_frames(dealer)) is not None:
            write_message(sink, frames)
        if monitor in ready:
            return DISCONNECTED
        if inbox in ready:
            kind, *held = inbox.recv_multipart()
            if kind == _END:
                return 0
        if held is not None and send_frames(dealer, held):
            held = None


def _read_editor(context: Any, source: FileIO) -> None:
    """Move messages from stdin to the other thread, until stdin ends."""
    import zmq

    outbox = context.socket(zmq.PUSH)
    outbox.setsockopt(zmq.SNDHWM, _WAITING)
    outbox.connect(_FROM_EDITOR)
    try:
        while (frames := read_message(source)) is not None:
            outbox.send_multipart([_MESSAGE, *frames])
    except (FramingError, OSError):
        pass
    # Asking is not enough: the main thread may be stuck with a message that the daemon or the editor doesn't take.
    threading.Timer(_PATIENCE, os._exit, (0,)).start()
    outbox.send_multipart([_END])
    outbox.close()


if __name__ == "__main__":
    # Not sys.exit: the other thread may wait for stdin forever.
    os._exit(main())
