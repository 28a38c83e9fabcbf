"""A stand-in for the client: a daemon that makes pictures half as bright when it is told to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from krita_plugin.vendored import Problem, events, messages

NOT_STARTED = Problem.worded("It can't be started.", "Install it.")
WELCOME = messages.Welcome("hello", messages.PROTOCOL, "1", messages.Limits(), device="CPU")


@dataclass(frozen=True)
class Sent:
    """What was submitted, and all of its bytes."""

    submit: messages.Submit
    block: bytes


def halved(pixels: bytes, dtype: str) -> bytes:
    """Four channels of a ``Submit.dtype``: the three colours divided by 2, alpha as it was."""
    made = np.frombuffer(pixels, dtype).reshape(-1, 4).copy()
    made[:, :3] = made[:, :3] // 2 if made.dtype.kind == "u" else made[:, :3] / 2
    return made.tobytes()


class FakeClient:
    """Its ``state`` and the events of its next ``poll`` are what the test wants.

    It reads pictures in pieces of ``piece`` bytes.
    """

    def __init__(self, piece: int = 50) -> None:
        self.piece = piece
        self.state = "stopped"
        self.welcome: messages.Welcome | None = None
        self.sent: dict[str, Sent] = {}
        self.cancelled: list[str] = []
        self.starts = 0
        self.closed = False
        self.refusal: Problem | None = None
        self.events: list[Any] = []

    def start(self) -> None:
        if self.state not in ("ready", "starting"):
            self.starts += 1
            self.state = "starting"

    def poll(self, budget: float = 0.01) -> list[Any]:
        events, self.events = self.events, []
        return events

    def submit(self, submit: messages.Submit, source: Any) -> str:
        assert self.state == "ready"
        if self.refusal is not None:
            raise self.refusal
        # In pieces, and one of them twice, as after a broken connection.
        pieces = [bytes(source(offset, self.piece)) for offset in range(0, submit.total_bytes, self.piece)]
        assert bytes(source(0, self.piece)) == pieces[0]
        self.sent[submit.id] = Sent(submit, b"".join(pieces))
        assert len(self.sent[submit.id].block) == submit.total_bytes
        return submit.id

    def cancel(self, id: str) -> None:
        self.cancelled.append(id)

    def close(self) -> None:
        self.closed = True

    def connect(self) -> None:
        """A daemon answers."""
        self.state, self.welcome = "ready", WELCOME
        self.events.append(events.Connected(WELCOME))

    def fail_to_start(self) -> None:
        self.state = "lost"
        self.events.append(events.Unavailable(NOT_STARTED))

    def finish(self, id: str, report: dict[str, Any] | None = None) -> None:
        """The job's pixels come back, as ``halved``."""
        submit, block = self.sent[id].submit, self.sent[id].block
        pixels = memoryview(halved(block[: submit.pixel_bytes], submit.dtype))
        self.events.append(events.Finished(id, report or {}, pixels))
