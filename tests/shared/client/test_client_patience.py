"""The client never waits and keeps to its budget, whatever the daemon does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from client_jobs import LARGE, submit
from fake_daemon import Clock, Stage

from shared.client.client import Client
from shared.client.events import Failed, Finished, Lost
from shared.client.finder import Running
from shared.machine import endpoint
from shared.protocol.messages import PROTOCOL, Submit, bands, new_id


class MuteLink:
    """Takes nothing, says nothing, and must not be waited for."""

    def __init__(self, writable: bool = False) -> None:
        self.writable = writable
        self.sent = 0
        self.closed = False

    def send(self, frames: object) -> bool:
        self.sent += self.writable
        return self.writable

    def receive(self) -> None:
        return None

    def wait(self, milliseconds: int) -> bool:
        raise AssertionError("The client waited.")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def never_sleep(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def sleep(_: float) -> None:
        raise AssertionError("The client slept.")

    with monkeypatch.context() as patch:
        patch.setattr("time.sleep", sleep)
        yield


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.usefixtures("never_sleep")
def test_a_mute_daemon_never_makes_the_client_wait(home: Path, clock: Clock, writable: bool) -> None:
    endpoint.write(endpoint.Endpoint("tcp://127.0.0.1:1", "a" * 40, 1, PROTOCOL, ""), home)
    links: list[MuteLink] = []

    def open_link(_: endpoint.Endpoint) -> MuteLink:
        links.append(MuteLink(writable))
        return links[-1]

    client = Client("test", Running(home, open_link), clock)
    question = client.status()
    events = []
    for _ in range(400):
        clock.now += 0.1
        events += client.poll()
    assert [type(event) for event in events] == [Lost, Failed]
    assert events[1].id == question
    assert len(links) > 2
    assert all(link.closed for link in links[:-1])
    assert all(link.sent <= 1 for link in links)  # the hello
    client.close()
    assert links[-1].closed


def test_a_poll_keeps_to_its_budget(stage: Stage) -> None:
    asked = 0

    def slow(offset: int, length: int) -> bytes:
        nonlocal asked
        asked += 1
        stage.clock.now += 0.004
        return bytes(length)

    id = stage.client.submit(Submit(new_id(), *LARGE), slow)
    while asked < bands(LARGE[0] * LARGE[1] * 4):
        before = asked
        stage.round()
        assert asked - before <= 3
    assert isinstance(stage.outcome(id), Finished)


def test_a_poll_without_a_budget_still_gets_on(stage: Stage) -> None:
    id = submit(stage, 1000, 1000)
    for _ in range(100_000):
        stage.clock.now += 0.001
        assert stage.daemon is not None
        stage.daemon.turn()
        stage.events += stage.client.poll(budget=0.0)
        if stage.of(Finished):
            break
    assert isinstance(stage.outcome(id), Finished)
