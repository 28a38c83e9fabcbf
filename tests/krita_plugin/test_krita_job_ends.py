"""A job that must wait for the artist, fails or is cancelled, wherever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_client import FakeClient, halved
from fake_krita import App
from fake_pixels import ADOBE, SRGB, Space
from job_scene import CANVAS, FAILURE, GONE, OPAQUE, TRANSLUCENT, Scene, assert_untouched

from krita_plugin import job, write
from krita_plugin.job import LIVE, Phase
from krita_plugin.read import Source
from krita_plugin.vendored import Problem
from krita_plugin.write import Covered
from shared.protocol.messages import Code


@pytest.fixture
def scene(app: App, client: FakeClient) -> Scene:
    return Scene(app, client)


# ── the artist paints ──


def test_a_stroke_is_waited_for(app: App, client: FakeClient) -> None:
    scene = Scene(app, client, TRANSLUCENT)
    scene.wait_for_stroke()
    for tries in range(2, 5):
        assert not scene.job.step()  # Krita's turn, or the stroke never ends
        assert scene.document.picture.lock_tries == tries
    assert scene.job.phase is Phase.WRITING
    assert scene.job.line == Phase.WRITING.label
    assert_untouched(scene)
    scene.document.picture.stroke = False
    scene.work()
    assert scene.job.phase is Phase.DONE
    assert scene.shaded.pixelData(*CANVAS) == halved(TRANSLUCENT, "uint8")
    assert not scene.node.visible()


def test_strokes_do_not_keep_the_new_layer_from_being_filled(
    app: App, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "BAND_PIXELS", 6)
    scene = Scene(app, client)
    scene.reach(Phase.WRITING)
    scene.document.picture.stroke = True
    rows = 0
    while scene.job.step():
        rows += 1
        assert_untouched(scene)
    assert rows == 5
    assert scene.document.picture.lock_tries == 1


def test_the_layer_chosen_while_a_stroke_was_waited_for_becomes_active_again(scene: Scene) -> None:
    other = scene.document.add_layer(OPAQUE, CANVAS, "other")
    scene.document.setActiveNode(scene.node)
    scene.wait_for_stroke()
    scene.document.setActiveNode(other)
    scene.document.picture.stroke = False
    scene.work()
    scene.document.turn()
    (activation,) = scene.job.afterwards
    assert scene.document.activeNode() == scene.shaded
    assert not activation.follow()
    assert scene.document.activeNode() == other


@pytest.mark.parametrize("space", [SRGB, ADOBE])
@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_it_can_end_while_a_stroke_is_waited_for(app: App, client: FakeClient, space: Space, end: str) -> None:
    scene = Scene(app, client, TRANSLUCENT, space)
    scene.wait_for_stroke()
    if end == "cancelled":
        scene.job.cancel()
    else:
        scene.job.fail(FAILURE)
    assert not scene.job.step()
    assert scene.job.phase.name.lower() == end
    scene.document.picture.stroke = False
    scene.document.turn()
    assert_untouched(scene)


@pytest.mark.parametrize("gone", ["closed", "deleted"])
def test_gone_when_the_stroke_that_was_waited_for_is_over(app: App, client: FakeClient, gone: str) -> None:
    act, key = GONE[gone]
    scene = Scene(app, client, space=ADOBE)
    scene.wait_for_stroke()
    scene.document.picture.stroke = False
    act(scene)
    assert not scene.job.step()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem == Problem(key)
    assert app.pictures == ([] if gone == "closed" else [scene.document.picture])
    assert app.questions == 0
    assert scene.document.layers() == (["cat"] if gone == "closed" else [])


def test_of_a_hidden_layer_the_new_one_is_hidden_too(app: App, client: FakeClient) -> None:
    scene = Scene(app, client, TRANSLUCENT)
    scene.node.setVisible(False)
    scene.new_job()
    scene.run()
    assert not scene.shaded.visible()
    assert not any(isinstance(each, Covered) for each in scene.job.afterwards)


@pytest.mark.parametrize("phase", [Phase.READING, Phase.WRITING])
def test_the_hidden_document_is_closed_by_somebody_else(
    app: App, client: FakeClient, phase: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "PIXELS", 6)
    monkeypatch.setattr(write, "PIXELS", 6)
    expected = Scene(app, client, space=ADOBE)
    expected.run()
    scene = Scene(app, client, space=ADOBE)
    scene.reach(phase)
    scene.step()
    app.documents()[-1].close_anyway()
    assert app.pictures == [expected.document.picture, scene.document.picture]
    if phase is Phase.READING:
        scene.reach(Phase.WRITING)
    scene.work()
    assert scene.job.phase is Phase.DONE
    assert scene.shaded.pixelData(*CANVAS) == expected.shaded.pixelData(*CANVAS)
    assert app.pictures == [expected.document.picture, scene.document.picture]


# ── failures ──


def test_alpha_only_layers_are_refused_at_once(app: App, client: FakeClient) -> None:
    scene = Scene(app, client)
    scene.node.body.space = ("A", "U8", "")
    with pytest.raises(Problem) as caught:
        scene.new_job()
    assert (caught.value.key, caught.value.values) == ("editor.colour_model", {"model": "A"})


@pytest.mark.parametrize("phase", LIVE)
@pytest.mark.parametrize("space", [SRGB, ADOBE])
def test_cancelled_wherever_it_is(app: App, client: FakeClient, phase: Phase, space: Space) -> None:
    scene = Scene(app, client, space=space)
    scene.reach(phase)
    if phase in (Phase.READING, Phase.WRITING):
        scene.step()
    scene.job.cancel()
    assert (scene.job.phase, scene.job.live, scene.job.busy) == (Phase.CANCELLED, False, False)
    assert not scene.job.step()
    assert_untouched(scene)


@pytest.mark.parametrize("phase", LIVE)
@pytest.mark.parametrize("space", [SRGB, ADOBE])
def test_failed_wherever_it_is(app: App, client: FakeClient, phase: Phase, space: Space) -> None:
    scene = Scene(app, client, space=space)
    scene.reach(phase)
    if phase in (Phase.READING, Phase.WRITING):
        scene.step()
    scene.job.fail(FAILURE)
    assert (scene.job.phase, scene.job.live, scene.job.busy) == (Phase.FAILED, False, False)
    assert scene.job.line == "It failed. Try again."
    assert scene.job.problem == FAILURE
    assert not scene.job.step()
    assert_untouched(scene)


@pytest.mark.parametrize("phase", [Phase.READING, Phase.WRITING])
@pytest.mark.parametrize("gone", GONE)
def test_gone_while_it_is_worked_on(scene: Scene, phase: Phase, gone: str) -> None:
    act, key = GONE[gone]
    scene.reach(phase)
    scene.step()
    act(scene)
    assert not scene.job.step()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem == Problem(key)


BROKEN: dict[str, tuple[Exception, Problem]] = {
    "layer": (Problem.worded("It can't be read.", "Convert it."), Problem.worded("It can't be read.", "Convert it.")),
    "memory": (MemoryError(), Problem("editor.out_of_memory")),
    "krita": (RuntimeError("Node was deleted"), Problem("editor.layer_taken", reason="Node was deleted")),
}


def raiser(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("phase", [Phase.READING, Phase.WRITING])
def test_a_band_that_cannot_be_read_or_written(
    app: App, client: FakeClient, phase: Phase, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, problem = BROKEN[kind]
    scene = Scene(app, client, space=ADOBE)
    scene.reach(phase)
    # The hidden document is there by then, and must not stay.
    broken = (Source, "pixels") if phase is Phase.READING else (write.NewLayer, "_write")
    with monkeypatch.context() as patch:
        patch.setattr(*broken, raiser(error))
        assert not scene.job.step()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem == problem
    assert_untouched(scene)


def test_a_layer_on_which_nothing_is_seen(app: App, client: FakeClient) -> None:
    scene = Scene(app, client, b"".join(OPAQUE[index : index + 3] + b"\0" for index in range(0, 120, 4)))
    scene.work()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem == Problem("editor.empty", name="cat")
    assert_untouched(scene)


def test_colours_that_krita_cannot_convert(app: App, client: FakeClient) -> None:
    scene = Scene(app, client)
    scene.node.body.space = ("RGBA", "U8", "lost.icc")
    scene.new_job()
    scene.work()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem is not None
    assert (scene.job.problem.key, scene.job.problem.values["source"]) == ("editor.no_conversion", "lost.icc")
    assert_untouched(scene)


def test_what_the_daemon_would_not_take(scene: Scene) -> None:
    scene.reach(Phase.WAITING)
    scene.client.refusal = Problem.worded("It is too large.", "Scale it down.", Code.TOO_LARGE)
    scene.submit()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem is scene.client.refusal
    assert scene.job.line == scene.client.refusal.told
    assert scene.job.id == ""
    assert_untouched(scene)
