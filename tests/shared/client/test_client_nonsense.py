"""A daemon that talks nonsense: the job fails with a sentence and the client goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from client_jobs import failed, submit
from fake_daemon import FakeDaemon, Stage

from shared.client.events import Connected, Failed, Finished
from shared.client.jobs import RESTARTS
from shared.problem import Problem
from shared.protocol import messages, wire
from shared.protocol.messages import BAND_BYTES, Code, Submit, bands, new_id


def sabotage(daemon: FakeDaemon, kind: str, id: str) -> None:
    """One thing that a daemon must not do while it owes the result of a picture of 3 bands."""
    band = bytes(BAND_BYTES)
    if kind == "pixels out of order":
        daemon.say(messages.Pixels(id, 1), band)
    elif kind == "pixels twice":
        daemon.say(messages.Pixels(id, 0), band)
        daemon.say(messages.Pixels(id, 0), band)
    elif kind == "pixels with a negative number":
        daemon.say(messages.Pixels(id, -1), band)
    elif kind == "pixels too short":
        daemon.say(messages.Pixels(id, 0), band[:-1])
    elif kind == "pixels too long":
        daemon.say(messages.Pixels(id, 0), band)
        daemon.say(messages.Pixels(id, 1), band)
        daemon.say(messages.Pixels(id, 2), band)
    elif kind == "a second done":
        daemon.say(messages.Done(id, {}, 1000 * 600 * 4))
    elif kind == "accepted again":
        daemon.say(messages.Accepted(id, 0))
    elif kind == "pong for the job":
        daemon.say(messages.Pong(id))
    elif kind == "a field of the wrong type":
        text = b'{"type":"progress","id":"%s","stage":7}' % id.encode()
        daemon.router.send(daemon.peer, [wire.MAGIC, text])
    elif kind == "pixels without bytes":
        text = b'{"type":"pixels","id":"%s","band":0}' % id.encode()
        daemon.router.send(daemon.peer, [wire.MAGIC, text])
    else:
        raise AssertionError(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "pixels out of order",
        "pixels twice",
        "pixels with a negative number",
        "pixels too short",
        "pixels too long",
        "a second done",
        "accepted again",
        "pong for the job",
        "a field of the wrong type",
        "pixels without bytes",
    ],
)
def test_nonsense_about_a_result_fails_the_job(stage: Stage, daemon: FakeDaemon, kind: str) -> None:
    daemon.on[messages.Fetch] = lambda m: None
    id = submit(stage, 1000, 600)
    stage.until(lambda: daemon.kinds().count(messages.Fetch) == 3, "the result was asked for")
    sabotage(daemon, kind, id)
    failed(stage, id)
    assert stage.client.state == "ready"  # and the connection goes on
    daemon.on[messages.Fetch] = daemon.fetch
    assert isinstance(stage.outcome(submit(stage)), Finished)


@pytest.mark.parametrize("next_band", [-1, 2, 2**62])
def test_a_daemon_that_asks_for_bands_that_do_not_exist(stage: Stage, daemon: FakeDaemon, next_band: int) -> None:
    daemon.on[messages.Submit] = lambda m: daemon.say(messages.Accepted(m.id, next_band))
    assert failed(stage, submit(stage)).problem.key == "client.no_such_band"
    assert daemon.bands == 0


@pytest.mark.parametrize(
    "answer", [lambda id: messages.Done(id, {}, 9), lambda id: messages.Pixels(id, 0), lambda id: messages.Pong(id)]
)
def test_a_daemon_that_answers_before_it_was_asked(
    stage: Stage, daemon: FakeDaemon, answer: Callable[[str], messages.Message]
) -> None:
    def reply(m: messages.Submit) -> None:
        message = answer(m.id)
        daemon.say(message, b"x" if isinstance(message, messages.Pixels) else None)

    daemon.on[messages.Submit] = reply
    failed(stage, submit(stage))


@pytest.mark.parametrize(
    "frames",
    [[b""], [b"HTTP/1.1"], [wire.MAGIC], [wire.MAGIC, b"{}"], [b"x"] * 50, [bytes(BAND_BYTES + 9000)]],
)
def test_a_daemon_that_sends_no_messages_is_left_and_the_job_fails_in_the_end(
    stage: Stage, daemon: FakeDaemon, frames: list[bytes]
) -> None:
    daemon.on[messages.Submit] = lambda m: daemon.router.send(daemon.peer, frames)
    end = failed(stage, submit(stage), Code.CONNECTION_LOST, seconds=0.1)
    assert end.problem.key == "client.keeps_breaking"
    assert daemon.kinds().count(messages.Submit) == RESTARTS + 1


def test_messages_about_nothing_are_ignored(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.say(messages.Done("unknown", {}, 4))
    daemon.say(messages.Pixels("unknown", 0), b"x")
    daemon.say(messages.Error("unknown", Code.INTERNAL, "What?"))
    daemon.say(messages.Welcome("unknown", 1, "", messages.Limits()))
    assert isinstance(stage.outcome(submit(stage)), Finished)
    assert len(stage.of(Connected)) == 1
    assert stage.of(Failed) == []


def test_a_picture_that_does_not_fit_into_memory(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.limits = messages.Limits(side=2**40, pixels=2**60, bytes=2**62)
    stage.client._connection.lose(Problem("client.nonsense"))
    stage.connect()

    def at_once(m: messages.Submit) -> None:
        daemon.say(messages.Accepted(m.id, bands(m.total_bytes)))
        daemon.say(messages.Done(m.id, {}, m.pixel_bytes))

    daemon.on[messages.Submit] = at_once
    id = stage.client.submit(Submit(new_id(), 2**28, 2**28), lambda offset, length: bytes(length))
    assert failed(stage, id, Code.OUT_OF_MEMORY).problem.key == "client.no_memory"
