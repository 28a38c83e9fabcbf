"""A client that uses a daemon that is running and never starts one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from client_jobs import failed, submit
from fake_daemon import NOBODY, Clock, FakeDaemon, Stage

from shared.client.client import GIVE_UP, Client
from shared.client.events import Connected, Failed, Lost, Unavailable
from shared.client.finder import Running
from shared.client.link import DirectLink, Link, LinkError
from shared.machine import endpoint
from shared.machine.endpoint import Endpoint
from shared.protocol import messages
from shared.protocol.messages import Code, DaemonStatus, Progress


class Opener:
    """Opens direct links and remembers where to; to where nobody listens, they fail at once."""

    def __init__(self) -> None:
        self.opened: list[Endpoint] = []

    def __call__(self, target: Endpoint) -> Link:
        self.opened.append(target)
        if target == NOBODY:
            raise LinkError("client.link_ended")
        return DirectLink(target)


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
def alone(home: Path, clock: Clock, opener: Opener) -> Iterator[Stage]:
    """A client, and no daemon."""
    with closing(Client("test", Running(home, opener), clock)) as client:
        yield Stage(client, clock)


def test_a_daemon_that_was_started_is_tried_at_once(alone: Stage, home: Path) -> None:
    for _ in range(100):
        alone.round(0.5)
    with closing(FakeDaemon(home)) as alone.daemon:
        alone.round(0.0)
        before = alone.clock.now
        alone.client.start()
        assert alone.client.state == "starting"
        alone.until(lambda: alone.of(Connected), "the client connected", seconds=0.0)
        assert alone.clock.now == before


def test_what_fails_again_is_said_again(alone: Stage) -> None:
    alone.round()
    alone.client.start()
    alone.round(0.0)
    first, second, unavailable = alone.events
    assert isinstance(first, Lost)
    assert first == second
    assert unavailable == Unavailable(first.problem)


def test_a_retry_leaves_a_link_that_goes_elsewhere(alone: Stage, home: Path, opener: Opener) -> None:
    with closing(FakeDaemon(home)):  # which is never given a turn, and so says nothing
        alone.round()
        with closing(FakeDaemon(home)) as alone.daemon:
            alone.client.start()
            alone.until(lambda: alone.of(Connected), "the client connected", seconds=0.0)
    assert len(opener.opened) == 2
    assert alone.of(Lost) == []


def test_a_retry_keeps_what_is_good(alone: Stage, home: Path, opener: Opener) -> None:
    with closing(FakeDaemon(home)) as alone.daemon:
        alone.round()
        alone.client.start()
        alone.connect()
        alone.client.start()
        assert alone.client.state == "ready"
        alone.settle()
    assert len(opener.opened) == 1


def test_a_connection_that_was_closed_stays_so(alone: Stage, home: Path) -> None:
    with closing(FakeDaemon(home)):
        alone.client.close()
        alone.client.start()
        alone.settle()
    assert alone.events == []


def test_a_file_that_a_dead_daemon_left_costs_little(alone: Stage, home: Path, opener: Opener) -> None:
    endpoint.write(NOBODY, home)
    for _ in range(60):
        alone.round(0.5)
    assert len(opener.opened) > 10  # for half a minute it may come back
    eager = len(opener.opened)
    for _ in range(10 * 60 * 2):
        alone.round(0.5)
    assert alone.client.state == "stopped"
    assert eager < len(opener.opened) <= eager + 20
    # Another daemon's file is noticed as soon as ever, and so is word that this one lives.
    count = len(opener.opened)
    alone.client.start()
    alone.round(0.0)
    assert len(opener.opened) == count + 1
    with closing(FakeDaemon(home)) as alone.daemon:
        before = alone.clock.now
        alone.connect()
        assert alone.clock.now - before < 3


def test_a_job_is_busy_until_it_has_ended_or_is_cancelled(stage: Stage, daemon: FakeDaemon) -> None:
    assert not stage.client.busy
    id = submit(stage)
    assert stage.client.busy
    stage.outcome(id)
    assert not stage.client.busy
    stage.client.cancel(submit(stage))
    assert not stage.client.busy


def test_a_start_without_a_daemon_fails_everything_with_the_reason(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading"))
    job = submit(stage)
    stage.until(lambda: stage.of(Progress), "it ran")
    stage.daemon = None
    daemon.router.socket.close()
    stage.until(lambda: stage.client.state == "stopped", "the client noticed")
    question = stage.client.resolve("dog")
    stage.client.start()
    stage.until(lambda: stage.of(Unavailable), "it was given up")
    (unavailable,) = stage.of(Unavailable)
    assert stage.of(Failed) == [Failed(id, unavailable.problem) for id in (question, job)]
    stage.settle()
    assert len(stage.of(Failed)) == 2


def test_a_question_waits_half_a_minute_for_a_daemon_however_long_there_was_none(alone: Stage, home: Path) -> None:
    for _ in range(100):
        alone.round(1.0)
    before = alone.clock.now
    question = alone.client.status()
    failed(alone, question, Code.CONNECTION_LOST, seconds=0.5)
    assert alone.clock.now - before > GIVE_UP - 1
    with closing(FakeDaemon(home)) as alone.daemon:
        question = alone.client.status()
        alone.until(lambda: alone.of(DaemonStatus), "the answer came")
    assert [state.id for state in alone.of(DaemonStatus)] == [question]
