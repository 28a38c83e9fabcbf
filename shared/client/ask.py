"""One question to a running daemon, for the commands that don't start one. It may be of another version: “stop” must
reach it all the same, so a message goes out in the version that the connection file names."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from ..machine import endpoint
from ..machine.endpoint import Endpoint
from ..machine.instance import is_running
from ..problem import Problem
from ..protocol import wire
from ..protocol.messages import Code, Error, Message, Ping, Pong, Shutdown
from .link import DirectLink, Link, LinkError

Answer = TypeVar("Answer", bound=Message)

WAIT = 5.0
WAIT_MS = 20  # between two looks: a link can't say when it has become able to send


class NoAnswer(Problem):
    """Nobody answered, or not what was asked."""


def ask(question: type[Message], answer: type[Answer], home: Path | None = None, wait: float = WAIT) -> Answer:
    """Send a message without fields of its own and return the reply, waiting at most ``wait`` seconds.

    Raises ``NoAnswer`` if no daemon is running, it doesn't answer or it refuses.
    """
    with _explained(home), _connected(home) as (link, where):
        return _talk(link, where.protocol, question, answer, wait)


def ask_to_stop(home: Path | None = None, wait: float = WAIT) -> Endpoint:
    """Tell the daemon to stop; returns where it listened. It may take a moment longer. Raises ``NoAnswer``."""
    with _explained(home), _connected(home) as (link, where):
        # A message to a port where nobody listens counts as sent too: first see that there is a daemon.
        _talk(link, where.protocol, Ping, Pong, wait)
        with contextlib.suppress(LinkError):  # it was gone before it could answer
            _talk(link, where.protocol, Shutdown, Pong, wait)
        return where


@contextlib.contextmanager
def _connected(home: Path | None) -> Iterator[tuple[Link, Endpoint]]:
    where = endpoint.read(home)
    if where is None:
        raise NoAnswer("client.no_daemon", Code.CONNECTION_LOST)
    link = DirectLink(where)
    try:
        yield link, where
    finally:
        link.close()


@contextlib.contextmanager
def _explained(home: Path | None) -> Iterator[None]:
    """Turns what can go wrong into ``NoAnswer``."""
    try:
        yield
    except endpoint.EndpointError as error:
        raise NoAnswer(error.key, error.code, **error.values) from error
    except (LinkError, TimeoutError) as error:
        # One that was killed leaves its connection file behind, and by now the port may be another program's.
        key = "client.hangs" if is_running(home) else "client.no_daemon"
        raise NoAnswer(key, Code.CONNECTION_LOST) from error
    except wire.WireError as error:
        raise NoAnswer("client.other_version", Code.VERSION_MISMATCH) from error


def _talk(link: Link, version: int, question: type[Message], answer: type[Answer], wait: float) -> Answer:
    """Raises ``LinkError``, ``WireError``, ``TimeoutError``, and ``NoAnswer`` for a refusal."""
    message = question(uuid.uuid4().hex)
    frames = wire.encode(message, version=version)
    sent = False
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        sent = sent or link.send(frames)
        received = link.receive()
        if received is None:
            link.wait(WAIT_MS)
            continue
        reply, _ = wire.decode(received, (answer, Error), version)
        if isinstance(reply, Error):
            raise NoAnswer.of(reply)
        if isinstance(reply, answer):
            return reply
    raise TimeoutError
