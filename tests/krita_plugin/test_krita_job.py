"""A job's way through its phases to the new layer."""

from __future__ import annotations

import gc
from typing import Any, cast

import pytest
from fake_client import FakeClient, halved
from fake_krita import App
from fake_nodes import Node
from fake_pixels import ADOBE, CMYK, GRAY, SRGB, XYZ, Space, convert, noise
from job_scene import CANVAS, FAILURE, OPAQUE, OPTIONS, TRANSLUCENT, Scene

from krita_plugin.convert import PIXELS
from krita_plugin.job import Job, Phase
from krita_plugin.read import Source
from krita_plugin.vendored import Block, Problem
from krita_plugin.write import Covered
from shared.protocol.messages import Progress, Queued


@pytest.fixture
def scene(app: App, client: FakeClient) -> Scene:
    return Scene(app, client)


# ── the way ──


def test_the_phases_of_a_job(scene: Scene) -> None:
    job = scene.job
    assert (job.phase, job.live, job.busy, job.fraction) == (Phase.READING, True, True, 0.0)
    assert job.line == Phase.READING.label
    scene.work()
    assert (job.phase, job.live, job.busy) == (Phase.WAITING, True, False)
    assert not job.step()
    scene.submit()
    assert (job.phase, job.live, job.busy) == (Phase.SHADING, True, False)
    assert job.line == Phase.SHADING.label
    job.heard(Queued(job.id, 2))
    assert job.line == "Waiting, place 2"
    job.heard(Progress(job.id, "shading", 8, 16, 0.1))
    assert "8 of 16" in job.line
    assert 0 < job.fraction < 1
    scene.finish()
    assert (job.phase, job.live, job.busy, job.fraction) == (Phase.WRITING, True, True, 1.0)
    scene.work()
    assert (job.phase, job.live, job.busy, job.fraction) == (Phase.DONE, False, False, 1.0)
    assert job.report == {"target": "cat"}
    assert job.line.startswith("Shaded")
    assert job.problem is None


def test_the_daemon_gets_what_the_layer_is(scene: Scene) -> None:
    scene.reach(Phase.SHADING)
    (sent,) = scene.client.sent.values()
    submit = sent.submit
    assert (submit.width, submit.height, submit.dtype, submit.layout, submit.space) == (6, 5, "uint8", "BGRA", "srgb")
    assert not submit.mask
    assert submit.options == OPTIONS
    assert sent.block == OPAQUE


@pytest.mark.parametrize("space", [SRGB, ADOBE, GRAY, CMYK, XYZ])
def test_a_new_layer_whatever_the_colour_space(app: App, client: FakeClient, space: Space) -> None:
    pixels = noise(6, 5, space)
    scene = Scene(app, client, pixels, space)
    scene.run()
    (sent,) = client.sent.values()
    assert sent.submit.space == ("srgb" if space in (SRGB, GRAY) else "xyz")
    assert len(sent.block) == sent.submit.total_bytes
    assert scene.document.layers() == ["cat", "cat (shaded)"]
    assert len(scene.document.picture.history) == 1  # converting is no step of the artist's
    assert app.pictures == [scene.document.picture]
    assert app.questions == 0
    shaded = Node(scene.document.picture.root.children[1]).pixelData(*CANVAS)
    assert len(shaded) == len(pixels)
    assert shaded != pixels


@pytest.mark.parametrize(("space", "bands"), [(SRGB, 1), (ADOBE, 3)])
def test_a_large_layer_is_read_in_bands(app: App, space: Space, bands: int) -> None:
    width, height = 700, 2 * (PIXELS // 700) + 1
    document = app.open(width, height, space)
    pixels = noise(width, height, space)
    node = document.add_layer(pixels, (0, 0, width, height))
    job = Job(app, Source(app, document, node), OPTIONS)
    steps = 0
    while job.busy:
        job.step()
        steps += 1
    assert steps == bands + 1  # the last one finds that there is nothing left
    client = FakeClient(piece=1 << 20)
    client.state = "ready"
    job.submit(cast("Any", client))
    assert client.sent[job.id].block == (pixels if space == SRGB else convert(pixels, space, XYZ))
    job.cancel()


def test_what_is_painted_meanwhile_is_not_shaded_and_not_lost(scene: Scene) -> None:
    painted = bytes(120)
    scene.node.setPixelData(painted, *CANVAS)
    scene.run()
    assert Node(scene.document.picture.root.children[1]).pixelData(*CANVAS) == halved(OPAQUE, "uint8")
    assert scene.node.pixelData(*CANVAS) == painted


def test_the_active_layer_is_to_be_the_active_one_again(scene: Scene) -> None:
    scene.run()
    scene.document.turn()
    (activation,) = scene.job.afterwards
    assert not activation.follow()
    assert scene.document.activeNode() == scene.node


def kept() -> int:
    """Bytes of pixels that jobs hold, all jobs there are."""
    gc.collect()  # those of earlier tests
    return sum(len(each) for each in gc.get_objects() if type(each) is Block)


@pytest.mark.parametrize("end", ["done", "failed", "cancelled"])
def test_a_job_that_has_ended_keeps_no_pixels(scene: Scene, end: str) -> None:
    """The docker remembers some of them for their reports."""
    scene.reach(Phase.SHADING)
    assert kept() == len(OPAQUE)
    if end == "done":
        scene.finish()
        scene.work()
    elif end == "failed":
        scene.job.fail(FAILURE)
    else:
        scene.job.cancel()
    assert scene.job.phase.name.lower() == end
    assert kept() == 0


# ── selections ──


def test_the_selection_is_the_mask(scene: Scene) -> None:
    weights = bytes(range(30))
    scene.document.select(weights, CANVAS)
    scene.new_job()
    scene.reach(Phase.SHADING)
    (sent,) = scene.client.sent.values()
    assert sent.submit.mask
    assert sent.block == OPAQUE + weights


def test_of_a_layer_beside_the_corner_it_is_the_part_of_the_selection_there(app: App, client: FakeClient) -> None:
    scene = Scene(app, client)
    node = scene.document.add_layer(OPAQUE[:24], (4, 3, 3, 2), "corner")
    scene.document.select(bytes(range(30)), CANVAS)
    scene.new_job(node)
    scene.reach(Phase.SHADING)
    (sent,) = client.sent.values()
    assert (sent.submit.width, sent.submit.height) == (2, 2)
    assert sent.block == OPAQUE[:8] + OPAQUE[12:20] + bytes([22, 23, 28, 29])


def test_a_selection_that_misses_the_layer_is_said(scene: Scene) -> None:
    node = scene.document.add_layer(OPAQUE[:24], (0, 0, 3, 2), "corner")
    scene.document.select(b"\xff" * 4, (4, 3, 2, 2))
    scene.new_job(node)
    scene.work()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem == Problem("editor.selection_elsewhere", name="corner")


# ── hidden originals ──


@pytest.mark.parametrize(("pixels", "hidden"), [(OPAQUE, False), (TRANSLUCENT, True)])
def test_a_translucent_original_is_hidden_and_looked_after(
    app: App, client: FakeClient, pixels: bytes, hidden: bool
) -> None:
    scene = Scene(app, client, pixels)
    scene.run()
    assert scene.node.visible() is not hidden
    covered = [each for each in scene.job.afterwards if isinstance(each, Covered)]
    assert len(covered) == hidden
    for each in covered:
        scene.document.undo()
        each.follow()
        assert scene.node.visible()
