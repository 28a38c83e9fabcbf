"""Cancelling: before, while and after the daemon has the picture. The job ends once."""

from __future__ import annotations

from client_jobs import shade
from fake_daemon import FakeDaemon, Stage

from shared.client.events import Failed
from shared.problem import Problem
from shared.protocol import messages
from shared.protocol.messages import Code, Progress


def test_cancel_before_a_byte_is_sent(stage: Stage, daemon: FakeDaemon) -> None:
    id, _ = shade(stage, 500, 500)
    stage.client.cancel(id)
    stage.client.cancel(id)
    assert isinstance(end := stage.outcome(id), Failed)
    assert end.problem.code is Code.CANCELLED
    assert daemon.bands == 0
    assert daemon.kinds().count(messages.Cancel) == 1


def test_cancel_while_it_runs(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading", 1, 50))
    id, _ = shade(stage, 500, 500)
    stage.until(lambda: stage.of(Progress), "it ran")
    stage.client.cancel(id)
    assert stage.outcome(id) == Failed(id, Problem.worded("Cancelled.", "", Code.CANCELLED))


def test_cancel_that_comes_too_late(stage: Stage, daemon: FakeDaemon) -> None:
    """The daemon was done before it saw the cancel, to which it then doesn't answer."""
    daemon.on[messages.Cancel] = lambda m: None
    daemon.on_complete = lambda id: daemon.say(messages.Progress(id, "shading", 49, 50))
    id, _ = shade(stage, 500, 500)
    stage.until(lambda: stage.of(Progress), "it ran")
    daemon.say(messages.Done(id, {}, 500 * 500 * 4))
    stage.client.cancel(id)
    assert isinstance(end := stage.outcome(id), Failed)
    assert end.problem.code is Code.CANCELLED
    stage.until(lambda: messages.Release(id) in daemon.seen, "the daemon was told")


def test_cancel_while_the_result_comes(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on[messages.Fetch] = lambda m: None
    id, _ = shade(stage, 500, 500)
    stage.until(lambda: messages.Fetch in daemon.kinds(), "the result was asked for")
    stage.client.cancel(id)
    assert isinstance(end := stage.outcome(id), Failed)
    assert end.problem.code is Code.CANCELLED
    stage.until(lambda: messages.Release(id) in daemon.seen, "the daemon was told")


def test_cancel_that_is_never_answered(stage: Stage, daemon: FakeDaemon) -> None:
    daemon.on[messages.Cancel] = lambda m: None
    daemon.on_complete = lambda id: None
    id, _ = shade(stage, 500, 500)
    stage.client.cancel(id)
    assert isinstance(end := stage.outcome(id, seconds=0.5), Failed)
    assert end.problem.code is Code.CANCELLED


def test_cancel_of_what_is_over_does_nothing(stage: Stage, daemon: FakeDaemon) -> None:
    id, _ = shade(stage, 5, 5)
    stage.outcome(id)
    stage.client.cancel(id)
    stage.client.cancel("unknown")
    stage.settle()
    assert messages.Cancel not in daemon.kinds()
