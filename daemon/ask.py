"""One question to a running daemon, for the commands that don't start one."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import TypeVar

from shared import endpoint, wire
from shared.link import DirectLink, Link, LinkError
from shared.protocol import Error, Message

Answer = TypeVar("Answer", bound=Message)

WAIT = 5.0
WAIT_MS = 20  # between two looks: a link can't say when it has become able to send
NOT_RUNNING = "Belladonna's daemon is not running."


class NoAnswer(Exception):
    """Nobody answered. ``str(error)`` is a sentence."""


def ask(question: type[Message], answer: type[Answer], home: Path | None = None, wait: float = WAIT) -> Answer:
    """Send a message without fields of its own and return the reply, waiting at most ``wait`` seconds.

    Raises ``NoAnswer`` with a sentence if no daemon runs, it doesn't answer or it refuses.
    """
    try:
        where = endpoint.read(home)
    except endpoint.EndpointError as error:
        raise NoAnswer(f"{error} {error.hint}") from error
    if where is None:
        raise NoAnswer(NOT_RUNNING)
    try:
        link = DirectLink(where)
        try:
            return _talk(link, question(uuid.uuid4().hex), answer, time.monotonic() + wait)
        finally:
            link.close()
    except LinkError as error:
        raise NoAnswer(NOT_RUNNING) from error  # one that was killed leaves its connection file behind
    except wire.WireError as error:
        raise NoAnswer("Belladonna's daemon is of another version. Run install.py again.") from error


def _talk(link: Link, message: Message, answer: type[Answer], deadline: float) -> Answer:
    frames = wire.encode(message)
    sent = False
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
    raise NoAnswer("Belladonna's daemon does not answer.")
