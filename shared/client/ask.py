"""Talking to a running daemon, for the commands that don't start one."""

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
from ..protocol import wire
from ..protocol.messages import Error, Message, Ping, Pong, Shutdown
from .link import DirectLink, Link, LinkError

Answer = TypeVar("Answer", bound=Message)

WAIT = 5.0
WAIT_MS = 20  # between two looks: a link can't say when it has become able to send
NOT_RUNNING = "No daemon is running."
NOT_ANSWERING = "Belladonna's daemon does not answer."


class NoAnswer(Exception):
    """Nobody answered. ``str(error)`` is a sentence."""


def ask(question: type[Message], answer: type[Answer], home: Path | None = None, wait: float = WAIT) -> Answer:
    """Send a message without fields of its own and return the reply, waiting at most ``wait`` seconds.

    Raises ``NoAnswer`` with a sentence if no daemon runs, it doesn't answer or it refuses.
    """
    with _explained(home), _connected(home) as (link, _):
        return _talk(link, question, answer, wait)


def ask_to_stop(home: Path | None = None, wait: float = WAIT) -> Endpoint:
    """Tell the daemon to stop; returns where it listened. It may need a moment more. Raises ``NoAnswer`` as ``ask``."""
    with _explained(home), _connected(home) as (link, where):
        # A message to a port where nobody listens counts as sent too: first see that there is a daemon.
        _talk(link, Ping, Pong, wait)
        with contextlib.suppress(LinkError):  # it was gone before its answer was on the way
            _talk(link, Shutdown, Pong, wait)
        return where


@contextlib.contextmanager
def _connected(home: Path | None) -> Iterator[tuple[Link, Endpoint]]:
    where = endpoint.read(home)
    if where is None:
        raise NoAnswer(NOT_RUNNING)
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
        raise NoAnswer(f"{error} {error.hint}") from error
    except (LinkError, TimeoutError) as error:
        # One that was killed leaves its connection file behind, and by now the port may be another program's.
        raise NoAnswer(NOT_ANSWERING if is_running(home) else NOT_RUNNING) from error
    except wire.WireError as error:
        raise NoAnswer("Belladonna's daemon is of another version. Run install.py again.") from error


def _talk(link: Link, question: type[Message], answer: type[Answer], wait: float) -> Answer:
    """Raises ``LinkError``, ``WireError``, ``TimeoutError``, and ``NoAnswer`` for a refusal."""
    message = question(uuid.uuid4().hex)
    frames = wire.encode(message)
    sent = False
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        sent = sent or link.send(frames)
        received = link.receive()
        if received is None:
            link.wait(WAIT_MS)
            continue
        reply, _ = wire.decode(received, (answer, Error))
        if isinstance(reply, Error):
            raise NoAnswer(reply.message)
        if isinstance(reply, answer):
            return reply
    raise TimeoutError
