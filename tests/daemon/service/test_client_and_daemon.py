"""The product's own client against the real daemon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from live_daemon import LiveDaemon, eventually

from shared.client.client import Client
from shared.client.events import Connected, Event, Failed, Finished
from shared.client.finder import Running
from shared.client.link import DirectLink
from shared.protocol.messages import Code, Options, Progress, Submit, new_id

Kind = TypeVar("Kind", bound=Event)


class Poller:
    """A client with a memory of its events."""

    def __init__(self, daemon: LiveDaemon) -> None:
        self.client = Client("test", Running(daemon.home, DirectLink))
        self.events: list[Any] = []

    def until(self, kind: type[Kind], condition: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Poll until such an event has come."""

        def look() -> Kind | None:
            self.events += self.client.poll()
            self.client.wait(20)
            return next((event for event in self.events if isinstance(event, kind) and condition(event)), None)

        return eventually(look, f"{kind.__name__} came")

    def submit(self, concept: str, side: int, block: bytes) -> str:
        def source(offset: int, length: int) -> bytes:
            return block[offset : offset + length]

        return self.client.submit(Submit(new_id(), side, side, options=Options(concept)), source)


@pytest.fixture
def poller(start_daemon) -> Iterator[Poller]:
    poller = Poller(start_daemon())
    poller.until(Connected)
    yield poller
    poller.client.close()


def test_picture_is_shaded(poller):
    block = bytes(range(256)) * 4096
    job = poller.submit("steps=3", 512, block)
    finished = poller.until(Finished)
    assert finished.id == job
    expected = bytearray(255 - value for value in block)
    expected[3::4] = block[3::4]
    assert bytes(finished.pixels) == bytes(expected)


def test_jobs_fail_and_are_cancelled_once_each(poller):
    failing = poller.submit("then=kill", 64, bytes(64 * 64 * 4))
    assert poller.until(Failed).problem.code is Code.WORKER_DIED
    running = poller.submit("steps=1000 pause=0.02", 64, bytes(64 * 64 * 4))
    poller.until(Progress, lambda event: event.id == running and event.stage == "shading")
    poller.client.cancel(running)
    assert poller.until(Failed, lambda event: event.id == running).problem.code is Code.CANCELLED
    waiting = poller.submit("", 64, bytes(64 * 64 * 4))
    poller.until(Finished, lambda event: event.id == waiting)
    ends = [event.id for event in poller.events if isinstance(event, Failed | Finished)]
    assert ends == [failing, running, waiting]
