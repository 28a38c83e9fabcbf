"""All jobs of all windows, from the menu to the end, with a daemon that comes, goes, fails and hangs."""

from __future__ import annotations

import pytest
from controller_scene import CANVAS, OPAQUE, TRANSLUCENT, Scene
from fake_client import FakeClient, halved
from fake_krita import App
from fake_nodes import Node

from krita_plugin.controller import KEPT, RESTING, WATCHING, WORKING
from krita_plugin.job import Phase
from krita_plugin.vendored import Problem
from shared import wording
from shared.protocol.messages import Progress, Queued


@pytest.fixture
def scene(app: App, client: FakeClient) -> Scene:
    return Scene(app, client)


# ── one job ──


def test_from_nothing_to_the_new_layer(scene: Scene) -> None:
    job = scene.shade()
    assert scene.client.starts == 1
    assert scene.wakes == 1
    assert scene.controller.jobs == [job]
    scene.settle()
    assert job.phase is Phase.WAITING
    assert scene.client.sent == {}
    scene.client.connect()
    scene.tick()
    assert job.phase is Phase.SHADING
    assert scene.client.sent[job.id].block == OPAQUE
    scene.client.events = [Queued(job.id, 1), Progress(job.id, "shading", 1, 2, 0.1)]
    scene.tick()
    assert job.news == Progress(job.id, "shading", 1, 2, 0.1)
    scene.finish(job)
    assert scene.ended == [(job, Phase.DONE)]
    assert scene.controller.jobs == []
    assert list(scene.controller.history) == [job]
    assert scene.controller.failures == []
    assert scene.document.layers() == ["cat", "cat (shaded)"]
    assert scene.client.starts == 1
    scene.tick()
    assert len(scene.ended) == 1


def test_with_a_daemon_there_it_is_sent_as_soon_as_it_is_read(scene: Scene) -> None:
    scene.running()
    assert scene.client.starts == 0


def test_what_cannot_be_shaded_leaves_nothing_behind(scene: Scene) -> None:
    node = scene.layer()
    node.body.space = ("A", "U8", "")
    with pytest.raises(Problem):
        scene.shade(node)
    assert scene.controller.jobs == []
    assert scene.client.starts == 0
    assert scene.wakes == 0


def test_the_jobs_that_ended_last_are_remembered(scene: Scene) -> None:
    jobs = []
    for _ in range(KEPT + 1):
        jobs.append(scene.running())
        scene.finish(jobs[-1])
    assert list(scene.controller.history) == jobs[:0:-1]


# ── several ──


def test_the_newest_result_has_a_meaning_and_a_failure_has_none(scene: Scene) -> None:
    assert scene.controller.meaning == ""
    report = {"target": "cat", "shift": {"mean": 0.12}, "surrogates": ["embedded"]}
    job = scene.running()
    scene.client.finish(job.id, report)
    scene.settle()
    assert scene.controller.meaning == wording.explained(report)
    scene.controller.cancel(scene.running())
    scene.settle()
    assert scene.controller.meaning == wording.explained(report)
    unmeasured = scene.running()
    scene.finish(unmeasured)
    assert scene.controller.meaning == ""


def test_two_jobs_wait_in_the_daemon_and_each_gets_its_own(scene: Scene) -> None:
    other_document = scene.app.open(6, 5)
    others = bytes(reversed(OPAQUE[:-1])) + b"\xff"
    first = scene.shade(scene.layer("first"))
    second = scene.shade(scene.layer("second", others, other_document), other_document)
    scene.settle()
    scene.client.connect()
    scene.tick()
    assert [first.phase, second.phase] == [Phase.SHADING, Phase.SHADING]
    assert list(scene.client.sent) == [first.id, second.id]
    scene.client.events = [Progress(first.id, "preparing"), Queued(second.id, 1)]
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
    scene.client.connect()
    jobs = [scene.shade(node), scene.shade(node)]
    scene.settle()
    for job in jobs:
        scene.finish(job)
    assert scene.document.layers() == ["cat", "cat (shaded)", "cat (shaded)"]


# ── pace ──


def test_the_pace_follows_what_there_is_to_do(scene: Scene) -> None:
    controller = scene.controller
    assert controller.pace is None
    job = scene.shade()
    assert controller.pace == WORKING
    scene.settle()
    assert (job.phase, controller.pace) == (Phase.WAITING, WATCHING)
    scene.client.connect()
    scene.tick()
    assert (job.phase, controller.pace) == (Phase.SHADING, WATCHING)
    scene.client.finish(job.id)
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
    scene.client.connect()
    scene.tick()
    assert scene.controller.pace == RESTING
    scene.controller.watch(False)
    assert (scene.controller.pace, scene.wakes) == (None, 3)


def test_hidden_originals_are_looked_after_until_their_picture_is_closed(scene: Scene) -> None:
    scene.client.connect()
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
