"""The connection to the daemon: a ZeroMQ socket in this process, or in a child process if this Python can't load pyzmq.

ZeroMQ hides a broken connection behind silent reconnects and loses what was under way. Here a
connection that breaks, or that the daemon refuses (wrong key, oversize frame), ends the link with a ``LinkError``
instead: the client then reads the connection file again and opens a new one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import queue
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from ..machine.endpoint import Endpoint
from ..machine.process import clean_environment, detached
from ..problem import Problem
from ..protocol.messages import Code
from .dealer import QUEUE, connect, disconnect, receive_frames, send_frames
from .framing import FramingError, read_message, write_message

DISCONNECTED = 3
"""Exit code of the bridge when the daemon ended the connection."""

_PATIENCE = 1.5  # seconds until a bridge that doesn't end by itself is killed


class LinkError(Problem):
    """The link is dead and won't recover."""


class Link(Protocol):
    """Messages to and from the daemon, as frames. All calls from one thread; only ``wait`` waits."""

    def send(self, frames: Sequence[bytes | memoryview]) -> bool:
        """Hand over one message. False: no room now, try later. Raises ``LinkError``."""
        ...

    def receive(self) -> Sequence[bytes | memoryview] | None:
        """The next message; None if none has arrived. Raises ``LinkError`` once all that arrived was handed out."""
        ...

    def wait(self, milliseconds: int) -> bool:
        """Wait until ``receive`` has something to say."""
        ...

    def close(self) -> None:
        """Release everything, within two seconds. May be called twice."""
        ...


class DirectLink:
    """A ZeroMQ socket in this process. Raises ``ImportError`` where there is no pyzmq."""

    def __init__(self, endpoint: Endpoint) -> None:
        import zmq

        self._context = zmq.Context()
        try:
            self._dealer, self._monitor = connect(self._context, endpoint)
        except zmq.ZMQError as problem:
            self._context.destroy(0)
            raise LinkError("client.no_link", Code.CONNECTION_LOST, reason=problem) from problem

    def send(self, frames: Sequence[bytes | memoryview]) -> bool:
        """As ``Link.send``."""
        return send_frames(self._dealer, frames)

    def receive(self) -> list[bytes] | None:
        """As ``Link.receive``."""
        frames = receive_frames(self._dealer)
        if frames is None and self._monitor.poll(0):
            # Something may have come in before the end was noticed: look once more.
            frames = receive_frames(self._dealer)
            if frames is None:
                raise _ended()
        return frames

    def wait(self, milliseconds: int) -> bool:
        """As ``Link.wait``."""
        import zmq

        poller = zmq.Poller()
        poller.register(self._dealer, zmq.POLLIN)
        poller.register(self._monitor, zmq.POLLIN)
        return bool(poller.poll(milliseconds))

    def close(self) -> None:
        """As ``Link.close``."""
        if not self._context.closed:
            disconnect(self._dealer, self._monitor)
            self._context.term()


class BridgeLink:
    """A ZeroMQ socket in a child process (``shared.client.bridge``), its frames carried over stdin and stdout.

    ``command`` starts the child; its working folder is ``cwd``. The child gets the endpoint over stdin, since other
    users can see a command line.
    """

    def __init__(self, endpoint: Endpoint, command: Sequence[str], cwd: Path | None = None) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=cwd,
                env=clean_environment(),
                **detached(),
            )
        except OSError as problem:
            reason = problem.strerror
            raise LinkError("client.no_bridge", Code.CONNECTION_LOST, program=command[0], reason=reason) from problem
        self._outbox: queue.Queue[list[bytes] | None] = queue.Queue(QUEUE)
        self._inbox: queue.Queue[list[bytes] | None] = queue.Queue(QUEUE)
        self._next: list[bytes] | None = None
        self._ended = False
        self._closing = threading.Event()
        self._outbox.put([json.dumps(dataclasses.asdict(endpoint)).encode()])
        self._writer = threading.Thread(target=self._write, name="belladonna-bridge-writer", daemon=True)
        self._reader = threading.Thread(target=self._read, name="belladonna-bridge-reader", daemon=True)
        self._writer.start()
        self._reader.start()

    def send(self, frames: Sequence[bytes | memoryview]) -> bool:
        """As ``Link.send``."""
        try:
            self._outbox.put_nowait([bytes(frame) for frame in frames])
        except queue.Full:
            return False
        return True

    def receive(self) -> list[bytes] | None:
        """As ``Link.receive``."""
        if not self.wait(0):
            return None
        if self._ended:
            raise self._why()
        frames, self._next = self._next, None
        return frames

    def wait(self, milliseconds: int) -> bool:
        """As ``Link.wait``."""
        if self._next is None and not self._ended:
            try:
                self._next = self._inbox.get(milliseconds > 0, milliseconds / 1000)
            except queue.Empty:
                return False
            self._ended = self._next is None
        return True

    def close(self) -> None:
        """As ``Link.close``."""
        self._closing.set()
        with contextlib.suppress(queue.Full):
            self._outbox.put_nowait(None)
        try:
            self._process.wait(_PATIENCE)  # it passes the last messages on, a release among them
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._writer.join()
        self._reader.join()

    def _write(self) -> None:
        if hasattr(signal, "pthread_sigmask"):
            # Python ignores SIGPIPE, but where an editor embeds it, it may not: a dead child would end the editor.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
        with cast("Any", self._process.stdin) as pipe, contextlib.suppress(OSError):
            while (frames := self._outbox.get()) is not None:
                write_message(pipe, frames)

    def _read(self) -> None:
        with cast("Any", self._process.stdout) as pipe:
            frames: list[bytes] | None = []
            while frames is not None and not self._closing.is_set():
                try:
                    frames = read_message(pipe)
                    if frames is None:
                        self._process.wait(_PATIENCE)  # its output ends before it does, and ``_why`` wants its code
                except (FramingError, OSError, subprocess.TimeoutExpired):
                    frames = None
                self._deliver(frames)

    def _deliver(self, frames: list[bytes] | None) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(queue.Full):  # nobody takes them: the child and then the daemon will wait too
                self._inbox.put(frames, timeout=0.1)
                break

    def _why(self) -> LinkError:
        status = self._process.poll()
        if status == DISCONNECTED:
            return _ended()
        if status is None:
            return LinkError("client.bridge_nonsense", Code.CONNECTION_LOST)
        return LinkError("client.bridge_ended", Code.CONNECTION_LOST, status=status)


def _ended() -> LinkError:
    return LinkError("client.link_ended", Code.CONNECTION_LOST)


def bridge_command(python: Path) -> list[str]:
    """What starts the bridge with the private environment's ``python``.

    ``-I``: no module is picked up from the working folder.
    """
    return [str(python), "-I", "-m", "shared.client.bridge"]


def open_link(endpoint: Endpoint, bridge: Sequence[str] | None = None) -> Link:
    """A link to ``endpoint``: direct if this Python has pyzmq, else over the ``bridge`` command.

    ``bridge`` is None where no other program can be started. Raises ``LinkError`` if neither works.
    """
    try:
        importlib.import_module("zmq")
    except Exception as problem:  # a wheel for another Python or libc can fail in many ways
        if bridge is None:
            raise LinkError("client.no_pyzmq", Code.CONNECTION_LOST, reason=problem) from problem
        return BridgeLink(endpoint, bridge)
    return DirectLink(endpoint)
