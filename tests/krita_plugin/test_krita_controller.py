"""All jobs of all windows, from the menu to the end, with a daemon that comes, goes, fails and hangs."""

from __future__ import annotations

from typing import Any, cast

import pytest
from fake_krita import App, Document, Picture
from fake_nodes import Node
from fake_session import FakeSession, halved

from krita_plugin.common import events
from krita_plugin.controller import KEPT, RESTING, WATCHING, WORKING, Controller
from krita_plugin.errors import LayerError
from krita_plugin.job import LIVE, Job, Phase
from krita_plugin.layers import Source
from shared.protocol.messages import Code, Options, Progress, Queued

CANVAS = (0, 0, 6, 5)
OPAQUE = b"".join(bytes([value, 2 * value, 3 * value, 255]) for value in range(30))
TRANSLUCENT = OPAQUE[:-1] + b"\x80"


class Scene:
    """A controller in a Krita with one picture, ticked by hand."""

    def __init__(self, app: App, session: FakeSession) -> None:
        self.app, self.session = app, session
        self.document = app.open(6, 5)
        self.ended: list[tuple[Job, Phase]] = []
        self.wakes = 0
        self.controller = Controller(
            app, cast("Any", session), lambda job: self.ended.append((job, job.phase)), self._wake
        )

    def _wake(self) -> None:
        self.wakes += 1

    def layer(self, name: str = "cat", pixels: bytes = OPAQUE, document: Document | None = None) -> Node:
        return (document or self.document).add_layer(pixels, CANVAS, name)

    def shade(self, node: Node | None = None, document: Document | None = None) -> Job:
        document = document or self.document
        return self.controller.shade(Source(self.app, document, node or self.layer()), Options("dog"))

    def tick(self) -> None:
        self.controller.tick()
        for picture in self.app.documents():
            picture.turn()

    def settle(self) -> None:
        """Until nobody here has anything to do."""
        for _ in range(100):
            self.tick()
            if not any(job.busy for job in self.controller.jobs):
                return
        raise AssertionError("It never ends.")

    def running(self) -> Job:
        """A job that the daemon has."""
        if self.session.state != "ready":
            self.session.connect()
        job = self.shade()
        self.settle()
        assert job.phase is Phase.SHADING
        return job

    def finish(self, job: Job) -> None:
        self.session.finish(job.id)
        self.settle()


@pytest.fixture
def scene(app: App, session: FakeSession) -> Scene:
    return Scene(app, session)


def reach(scene: Scene, phase: Phase) -> Job:
    """A job in that phase. Of writing and reading nothing has been done yet."""
    if phase is Phase.READING:
        return scene.shade()
    if phase is Phase.WAITING:
        job = scene.shade()
        scene.settle()
    else:
        job = scene.running()
    if phase is Phase.WRITING:
        scene.session.finish(job.id)
        (event,) = scene.session.poll()
        job.finished(event)
    assert job.phase is phase
    return job


def waiting_for_stroke(scene: Scene) -> tuple[Job, Picture]:
    """A job whose new layer is filled and waits for the artist; and the picture that he paints in."""
    job, picture = scene.running(), scene.document.picture
    picture.stroke = True
    scene.session.finish(job.id)
    for _ in range(10):
        scene.tick()
        if picture.lock_tries:
            break
    assert job.phase is Phase.WRITING
    return job, picture


# ── one job ──


def test_from_nothing_to_the_new_layer(scene: Scene) -> None:
    job = scene.shade()
    assert scene.session.starts == 1
    assert scene.wakes == 1
    assert scene.controller.jobs == [job]
    scene.settle()
    assert job.phase is Phase.WAITING
    assert scene.session.sent == {}
    scene.session.connect()
    scene.tick()
    assert job.phase is Phase.SHADING
    assert scene.session.sent[job.id].block == OPAQUE
    scene.session.events = [Queued(job.id, 1), Progress(job.id, "shading", 1, 2, 0.1)]
    scene.tick()
    assert job.news == Progress(job.id, "shading", 1, 2, 0.1)
    scene.finish(job)
    assert scene.ended == [(job, Phase.DONE)]
    assert scene.controller.jobs == []
    assert list(scene.controller.history) == [job]
    assert scene.controller.failures == []
    assert scene.document.layers() == ["cat", "cat (shaded)"]
    assert scene.session.starts == 1
    scene.tick()
    assert len(scene.ended) == 1


def test_with_a_daemon_there_it_is_sent_as_soon_as_it_is_read(scene: Scene) -> None:
    scene.running()
    assert scene.session.starts == 0


def test_what_cannot_be_shaded_leaves_nothing_behind(scene: Scene) -> None:
    node = scene.layer()
    node.body.space = ("A", "U8", "")
    with pytest.raises(LayerError):
        scene.shade(node)
    assert scene.controller.jobs == []
    assert scene.session.starts == 0
    assert scene.wakes == 0


def test_the_jobs_that_ended_last_are_remembered(scene: Scene) -> None:
    jobs = []
    for _ in range(KEPT + 1):
        jobs.append(scene.running())
        scene.finish(jobs[-1])
    assert list(scene.controller.history) == jobs[:0:-1]


# ── several ──


def test_two_jobs_wait_in_the_daemon_and_each_gets_its_own(scene: Scene) -> None:
    other_document = scene.app.open(6, 5)
    others = bytes(reversed(OPAQUE[:-1])) + b"\xff"
    first = scene.shade(scene.layer("first"))
    second = scene.shade(scene.layer("second", others, other_document), other_document)
    scene.settle()
    scene.session.connect()
    scene.tick()
    assert [first.phase, second.phase] == [Phase.SHADING, Phase.SHADING]
    assert list(scene.session.sent) == [first.id, second.id]
    scene.session.events = [Progress(first.id, "preparing"), Queued(second.id, 1)]
    scene.tick()
    assert (first.news, second.news) == (Progress(first.id, "preparing"), Queued(second.id, 1))
    scene.finish(second)
    assert scene.controller.jobs == [first]
    scene.finish(first)
    assert scene.ended == [(second, Phase.DONE), (first, Phase.DONE)]
    for document, pixels in ((scene.document, OPAQUE), (other_document, others)):
        assert len(document.layers()) == 2
        shaded = Node(document.picture.root.children[1])
        assert shaded.pixelData(*CANVAS) == halved(pixels, "uint8")


def test_a_layer_is_read_while_the_daemon_works_on_another(scene: Scene) -> None:
    first = scene.running()
    second = scene.shade(scene.layer("second"))
    assert scene.controller.pace == WORKING
    scene.settle()
    assert [first.phase, second.phase] == [Phase.SHADING, Phase.SHADING]


def test_the_same_layer_twice_gives_two_layers(scene: Scene) -> None:
    node = scene.layer()
    scene.session.connect()
    jobs = [scene.shade(node), scene.shade(node)]
    scene.settle()
    for job in jobs:
        scene.finish(job)
    assert scene.document.layers() == ["cat", "cat (shaded)", "cat (shaded)"]


# ── failures ──


def test_without_a_daemon_what_was_not_sent_fails(scene: Scene) -> None:
    sent = scene.running()
    waiting = reach(scene, Phase.READING)
    scene.session.fail_to_start()
    scene.tick()
    assert scene.ended == [(waiting, Phase.FAILED)]
    assert waiting.line == "It can't be started. Install it."
    assert sent.phase is Phase.SHADING  # of this one the session says itself what became of it
    assert scene.session.starts == 0  # and nobody tries again and again


def test_a_failure_costs_one_job_and_stays_until_it_was_read(scene: Scene) -> None:
    bad, good = scene.running(), scene.running()
    scene.session.events = [events.Failed(bad.id, Code.OUT_OF_MEMORY, "It is too large.", "Scale it down.")]
    scene.tick()
    assert scene.ended == [(bad, Phase.FAILED)]
    assert bad.line == "It is too large. Scale it down."
    assert scene.controller.failures == [bad]
    scene.finish(good)
    assert scene.controller.failures == [bad]
    scene.controller.cancel(bad)
    assert scene.controller.failures == []
    assert scene.session.cancelled == []
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
    assert "closed" in job.line
    assert scene.session.cancelled == ([job.id] if job.id else [])
    assert kept.live
    assert scene.app.pictures == [other.picture]


def test_a_layer_that_is_deleted_while_the_daemon_works(scene: Scene) -> None:
    job = scene.running()
    assert job.source.node is not None
    job.source.node.remove()
    scene.tick()
    assert scene.ended == [(job, Phase.FAILED)]
    assert scene.session.cancelled == [job.id]
    assert "deleted" in job.line
    scene.session.finish(job.id)  # the cancel came too late
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
    scene.session.connect()
    scene.settle()
    assert scene.ended == [(job, Phase.FAILED)]
    assert "mistake in Belladonna (ZeroDivisionError: a mistake)" in job.line
    assert "report" in job.line
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
    scene.session.finish(other.id)
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
        scene.session.finish(job.id)
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
    assert scene.session.cancelled == ([job.id] if job.id else [])
    if job.id:  # the daemon's answer, and what it had to say before
        scene.session.events = [Progress(job.id, "shading"), events.Failed(job.id, Code.CANCELLED, "Cancelled.")]
    scene.tick()
    scene.controller.cancel(job)
    assert len(scene.ended) == 1
    assert job.phase is Phase.CANCELLED
    assert scene.document.layers() == ["cat"]
    assert scene.session.cancelled == ([job.id] if job.id else [])


def test_a_cancel_that_crosses_the_result_holds(scene: Scene) -> None:
    job = scene.running()
    scene.session.finish(job.id)
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


def test_a_connection_that_was_dead_all_along_is_made_anew(scene: Scene) -> None:
    """The session notices only while it polls, and nobody polls while there is nothing to do."""
    scene.session.connect()
    job = scene.shade()
    assert scene.session.starts == 0
    scene.session.state = "lost"
    scene.session.events.append(events.Lost("It is gone.", "Wait."))
    scene.settle()
    assert scene.session.starts == 1
    assert job.phase is Phase.WAITING
    scene.tick()
    assert scene.session.starts == 1
    scene.session.connect()
    scene.tick()
    assert job.phase is Phase.SHADING


def test_what_the_daemon_has_is_the_sessions_to_look_after(scene: Scene) -> None:
    job = scene.running()
    scene.session.state = "lost"
    scene.tick()
    assert scene.session.starts == 0
    assert job.phase is Phase.SHADING


def test_events_about_nothing_are_ignored(scene: Scene) -> None:
    job = scene.shade()
    scene.settle()
    assert job.id == ""
    pixels = memoryview(b"")
    scene.session.events = [
        events.Finished("", {}, pixels),
        events.Finished("unknown", {}, pixels),
        events.Failed("unknown", Code.INTERNAL, "What?"),
        Queued("unknown", 1),
        events.Lost("Gone.", ""),
    ]
    scene.tick()
    assert job.phase is Phase.WAITING


def test_listeners_hear_everything_and_may_leave_meanwhile(scene: Scene) -> None:
    heard: list[Any] = []

    def once(event: Any) -> None:
        scene.controller.listeners.remove(once)
        heard.append(("once", event))

    scene.controller.listeners += [once, lambda event: heard.append(("always", event))]
    scene.session.connect()
    lost = events.Lost("Gone.", "")
    scene.session.events.append(lost)
    connected = scene.session.events[0]
    scene.tick()
    assert heard == [("once", connected), ("always", connected), ("always", lost)]


def test_the_device_is_what_the_daemon_said_last(scene: Scene) -> None:
    assert scene.controller.device == ""
    scene.session.connect()
    assert scene.controller.device == "CPU"
    job = scene.running()
    scene.session.finish(job.id, {"device": "CUDA"})
    scene.settle()
    assert scene.controller.device == "CUDA"
    scene.finish(scene.running())  # its report says nothing
    assert scene.controller.device == "CUDA"


def test_quitting_leaves_the_daemon(scene: Scene) -> None:
    scene.running()
    scene.controller.close()
    assert scene.session.closed


# ── pace ──


def test_the_pace_follows_what_there_is_to_do(scene: Scene) -> None:
    controller = scene.controller
    assert controller.pace is None
    job = scene.shade()
    assert controller.pace == WORKING
    scene.settle()
    assert (job.phase, controller.pace) == (Phase.WAITING, WATCHING)
    scene.session.connect()
    scene.tick()
    assert (job.phase, controller.pace) == (Phase.SHADING, WATCHING)
    scene.session.finish(job.id)
    scene.tick()
    assert (job.phase, controller.pace) in ((Phase.WRITING, WORKING), (Phase.DONE, WATCHING))
    scene.settle()
    scene.tick()  # until the artist's layer is active again
    assert (job.phase, controller.pace) == (Phase.DONE, None)


def test_somebody_who_looks_is_worth_a_slow_tick(scene: Scene) -> None:
    scene.controller.watch(True)
    assert (scene.controller.pace, scene.wakes) == (RESTING, 1)
    scene.controller.start()
    assert (scene.controller.pace, scene.wakes) == (WATCHING, 2)
    scene.session.connect()
    scene.tick()
    assert scene.controller.pace == RESTING
    scene.controller.watch(False)
    assert (scene.controller.pace, scene.wakes) == (None, 3)


def test_hidden_originals_are_looked_after_until_their_picture_is_closed(scene: Scene) -> None:
    scene.session.connect()
    node = scene.layer(pixels=TRANSLUCENT)
    job = scene.shade(node)
    scene.settle()
    scene.finish(job)
    assert not node.visible()
    scene.tick()
    scene.tick()
    assert scene.controller.pace == RESTING
    scene.document.undo()
    scene.tick()
    assert node.visible()
    scene.document.redo()
    scene.tick()
    assert not node.visible()
    scene.document.close_anyway()
    scene.tick()
    assert scene.controller.pace is None
