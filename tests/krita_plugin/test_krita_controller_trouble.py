"""Jobs that fail, are cancelled, or meet an artist who is painting and a daemon that comes and goes."""

from __future__ import annotations

from typing import Any, cast

import pytest
from controller_scene import GONE, TOO_LARGE, Scene, reach, waiting_for_stroke
from fake_client import NOT_STARTED, FakeClient
from fake_krita import App

from krita_plugin.controller import WORKING
from krita_plugin.job import LIVE, Phase
from krita_plugin.read import Source
from krita_plugin.vendored import Problem, events
from shared.protocol.messages import Progress, Queued


@pytest.fixture
def scene(app: App, client: FakeClient) -> Scene:
    return Scene(app, client)


# ── failures ──


def test_without_a_daemon_what_was_not_sent_fails(scene: Scene) -> None:
    sent = scene.running()
    waiting = reach(scene, Phase.READING)
    scene.client.fail_to_start()
    scene.tick()
    assert scene.ended == [(waiting, Phase.FAILED)]
    assert waiting.problem == NOT_STARTED
    assert sent.phase is Phase.SHADING  # of this one the client says itself what became of it
    assert scene.client.starts == 0  # and nobody tries again and again


def test_a_failure_costs_one_job_and_stays_until_it_was_read(scene: Scene) -> None:
    bad, good = scene.running(), scene.running()
    scene.client.events = [events.Failed(bad.id, TOO_LARGE)]
    scene.tick()
    assert scene.ended == [(bad, Phase.FAILED)]
    assert bad.line == TOO_LARGE.told
    assert scene.controller.failures == [bad]
    scene.finish(good)
    assert scene.controller.failures == [bad]
    scene.controller.cancel(bad)
    assert scene.controller.failures == []
    assert scene.client.cancelled == []
    assert list(scene.controller.history) == [good, bad]


@pytest.mark.parametrize("phase", LIVE)
@pytest.mark.parametrize("whole_picture", [False, True])
def test_a_picture_that_is_closed_ends_its_jobs(scene: Scene, phase: Phase, whole_picture: bool) -> None:
    job = reach(scene, phase)
    if whole_picture:
        job.source = Source(scene.app, scene.document, None)
    other = scene.app.open(6, 5)
    kept = scene.shade(scene.layer("other", document=other), other)
    scene.document.close_anyway()
    scene.tick()
    assert scene.ended == [(job, Phase.FAILED)]
    assert job.problem == Problem("editor.picture_closed")
    assert scene.client.cancelled == ([job.id] if job.id else [])
    assert kept.live
    assert scene.app.pictures == [other.picture]


def test_a_layer_that_is_deleted_while_the_daemon_works(scene: Scene) -> None:
    job = scene.running()
    assert job.source.node is not None
    cast("Any", job.source.node).remove()
    scene.tick()
    assert scene.ended == [(job, Phase.FAILED)]
    assert scene.client.cancelled == [job.id]
    assert job.problem == Problem("editor.layer_deleted")
    scene.client.finish(job.id)  # the cancel came too late
    scene.settle()
    assert scene.document.layers() == []
    assert len(scene.ended) == 1


@pytest.mark.parametrize("phase", [Phase.READING, Phase.WRITING])
def test_a_mistake_costs_one_job(
    scene: Scene, phase: Phase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = reach(scene, phase)

    def fail() -> bool:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(job, "step", fail)
    good = scene.shade(scene.layer("other"))
    scene.client.connect()
    scene.settle()
    assert scene.ended == [(job, Phase.FAILED)]
    assert job.problem == Problem("editor.bug", error="ZeroDivisionError: a mistake")
    assert "ZeroDivisionError" in capsys.readouterr().err
    scene.finish(good)
    assert scene.ended[1:] == [(good, Phase.DONE)]


# ── the artist paints ──


def test_a_stroke_delays_the_new_layer_and_nothing_else(scene: Scene) -> None:
    other_document = scene.app.open(6, 5)
    job, picture = waiting_for_stroke(scene)
    other = scene.shade(scene.layer("other", document=other_document), other_document)
    for _ in range(3):
        tries = picture.lock_tries
        scene.tick()
        assert picture.lock_tries == tries + 1  # once a tick, then it is Krita's turn
        assert (job.phase, scene.controller.pace) == (Phase.WRITING, WORKING)
    assert scene.document.layers() == ["cat"]
    assert other.phase is Phase.SHADING
    scene.client.finish(other.id)
    for _ in range(10):
        scene.tick()
    assert scene.ended == [(other, Phase.DONE)]
    assert other_document.layers() == ["other", "other (shaded)"]
    picture.stroke = False
    scene.settle()
    assert scene.ended == [(other, Phase.DONE), (job, Phase.DONE)]
    assert scene.document.layers() == ["cat", "cat (shaded)"]


def test_two_new_layers_wait_for_the_same_stroke(scene: Scene) -> None:
    first, second = scene.running(), scene.running()
    scene.document.picture.stroke = True
    for job in (first, second):
        scene.client.finish(job.id)
    for _ in range(3):
        scene.tick()
    assert scene.document.layers() == ["cat", "cat"]
    scene.document.picture.stroke = False
    scene.settle()
    assert scene.ended == [(first, Phase.DONE), (second, Phase.DONE)]
    assert scene.document.layers() == ["cat", "cat (shaded)", "cat", "cat (shaded)"]


def test_cancelled_while_a_stroke_is_waited_for(scene: Scene) -> None:
    job, picture = waiting_for_stroke(scene)
    scene.controller.cancel(job)
    picture.stroke = False
    scene.settle()
    assert scene.ended == [(job, Phase.CANCELLED)]
    assert scene.document.layers() == ["cat"]
    assert scene.controller.pace is None


# ── cancelling ──


@pytest.mark.parametrize("phase", LIVE)
def test_cancelled_wherever_it_is(scene: Scene, phase: Phase) -> None:
    job = reach(scene, phase)
    wakes = scene.wakes
    scene.controller.cancel(job)
    assert scene.wakes == wakes + 1
    assert not job.live
    scene.tick()
    assert scene.ended == [(job, Phase.CANCELLED)]
    assert scene.controller.failures == []
    assert scene.client.cancelled == ([job.id] if job.id else [])
    if job.id:  # the daemon's answer, and what it had to say before
        scene.client.events = [Progress(job.id, "shading"), events.Failed(job.id, Problem.worded("Cancelled."))]
    scene.tick()
    scene.controller.cancel(job)
    assert len(scene.ended) == 1
    assert job.phase is Phase.CANCELLED
    assert scene.document.layers() == ["cat"]
    assert scene.client.cancelled == ([job.id] if job.id else [])


def test_a_cancel_that_crosses_the_result_holds(scene: Scene) -> None:
    job = scene.running()
    scene.client.finish(job.id)
    scene.controller.cancel(job)
    scene.settle()
    assert scene.ended == [(job, Phase.CANCELLED)]
    assert scene.document.layers() == ["cat"]


def test_cancelling_one_leaves_the_others(scene: Scene) -> None:
    first, second = scene.running(), scene.running()
    scene.controller.cancel(first)
    scene.finish(second)
    assert scene.ended == [(first, Phase.CANCELLED), (second, Phase.DONE)]


# ── the daemon comes and goes ──


def test_a_connection_that_was_dead_all_along_is_made_again(scene: Scene) -> None:
    """The client notices only while it polls, and nobody polls while there is nothing to do."""
    scene.client.connect()
    job = scene.shade()
    assert scene.client.starts == 0
    scene.client.state = "lost"
    scene.client.events.append(events.Lost(GONE))
    scene.settle()
    assert scene.client.starts == 1
    assert job.phase is Phase.WAITING
    scene.tick()
    assert scene.client.starts == 1
    scene.client.connect()
    scene.tick()
    assert job.phase is Phase.SHADING


def test_what_the_daemon_has_is_the_clients_to_look_after(scene: Scene) -> None:
    job = scene.running()
    scene.client.state = "lost"
    scene.tick()
    assert scene.client.starts == 0
    assert job.phase is Phase.SHADING


def test_events_about_nothing_are_ignored(scene: Scene) -> None:
    job = scene.shade()
    scene.settle()
    assert job.id == ""
    pixels = memoryview(b"")
    scene.client.events = [
        events.Finished("", {}, pixels),
        events.Finished("unknown", {}, pixels),
        events.Failed("unknown", GONE),
        Queued("unknown", 1),
        events.Lost(GONE),
    ]
    scene.tick()
    assert job.phase is Phase.WAITING


def test_listeners_hear_everything_and_may_leave_meanwhile(scene: Scene) -> None:
    heard: list[Any] = []

    def once(event: Any) -> None:
        scene.controller.listeners.remove(once)
        heard.append(("once", event))

    scene.controller.listeners += [once, lambda event: heard.append(("always", event))]
    scene.client.connect()
    lost = events.Lost(GONE)
    scene.client.events.append(lost)
    connected = scene.client.events[0]
    scene.tick()
    assert heard == [("once", connected), ("always", connected), ("always", lost)]


def test_the_device_is_what_the_daemon_said_last(scene: Scene) -> None:
    assert scene.controller.device == ""
    scene.client.connect()
    assert scene.controller.device == "CPU"
    job = scene.running()
    scene.client.finish(job.id, {"device": "CUDA"})
    scene.settle()
    assert scene.controller.device == "CUDA"
    scene.finish(scene.running())  # its report says nothing
    assert scene.controller.device == "CUDA"


def test_quitting_leaves_the_daemon(scene: Scene) -> None:
    scene.running()
    scene.controller.close()
    assert scene.client.closed
