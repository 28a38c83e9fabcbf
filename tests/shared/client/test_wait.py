"""One picture, waited for: what is told meanwhile, and every way it can end."""

from __future__ import annotations

from typing import Any

import pytest

from shared.client.events import Connected, Failed, Finished, Unavailable
from shared.client.wait import shade_and_wait
from shared.problem import Problem
from shared.protocol.messages import Code, Limits, Progress, Submit, Welcome, new_id

DONE = Finished("job", {"shift": 0.1}, memoryview(b"wxyz"))
CONNECTED = Connected(Welcome("h", 1, "0", Limits()))
STEP = Progress("job", "shading", 1, 2)
NONE = Problem("client.not_installed", Code.CONNECTION_LOST)
CANCELLED = Problem("client.cancelled", Code.CANCELLED)
BROKEN = Problem("client.keeps_breaking", Code.CONNECTION_LOST)


class StandIn:
    """Plays events, a list for each poll; it is ready once ``Connected`` has been among them."""

    def __init__(self, *turns: list[Any]) -> None:
        self.turns = list(turns)
        self.state = "stopped"
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def poll(self) -> list[Any]:
        events = self.turns.pop(0)
        if CONNECTED in events:
            self.state = "ready"
        return events

    def submit(self, submit: Submit, source: Any) -> str:
        self.calls.append("submit")
        return "job"

    def cancel(self, id: str) -> None:
        assert id == "job"
        self.calls.append("cancel")

    def wait(self, milliseconds: int) -> None:
        assert milliseconds > 0


def shade(client: StandIn, **arguments: Any) -> Finished:
    return shade_and_wait(client, Submit(new_id(), 1, 1), lambda offset, length: bytes(length), **arguments)


def test_a_picture_is_shaded_and_what_happens_is_told() -> None:
    told: list[Any] = []
    client = StandIn([], [CONNECTED], [STEP], [Finished("other", {}, memoryview(b"")), DONE])
    assert shade(client, on_event=told.append) is DONE
    assert client.calls == ["start", "submit"]
    assert [event for event in told if event == STEP] == [STEP]


@pytest.mark.parametrize(
    ("turns", "problem"),
    [
        ([[Unavailable(NONE)]], NONE),
        ([[CONNECTED], [Unavailable(BROKEN), Failed("job", NONE)]], NONE),
        ([[CONNECTED], [Failed("other", NONE)], [Failed("job", BROKEN)]], BROKEN),
    ],
)
def test_a_failure_is_raised(turns: list[list[Any]], problem: Problem) -> None:
    with pytest.raises(Problem) as caught:
        shade(StandIn(*turns))
    assert caught.value == problem


@pytest.mark.parametrize(
    "end", [DONE, Failed("job", Problem("client.cancelled", Code.CANCELLED)), Failed("job", BROKEN)]
)
def test_stopping_cancels_the_job_once_and_waits_for_its_end(end: Any) -> None:
    client = StandIn([CONNECTED], [STEP], [STEP], [end])
    with pytest.raises(Problem) as caught:
        shade(client, stop=lambda: client.state == "ready")
    assert caught.value.code is Code.CANCELLED
    assert client.calls == ["start", "submit", "cancel"]
    assert client.turns == []


def test_stopping_before_there_is_a_daemon_submits_nothing() -> None:
    client = StandIn([], [])
    with pytest.raises(Problem) as caught:
        shade(client, stop=lambda: len(client.turns) < 2)
    assert caught.value.code is Code.CANCELLED
    assert client.calls == ["start"]
