"""A job's way through its phases, and its ends: done, failed and cancelled, wherever it is."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, cast

import pytest
from fake_krita import App
from fake_nodes import Node
from fake_pixels import ADOBE, CMYK, GRAY, SRGB, XYZ, Space, convert, noise
from fake_session import FakeSession, halved

from krita_plugin import job, new_layer
from krita_plugin.afterwards import Covered
from krita_plugin.chunks import Chunks
from krita_plugin.common import Refused
from krita_plugin.errors import LayerError
from krita_plugin.job import LIVE, Job, Phase
from krita_plugin.layers import Source
from krita_plugin.scratch import PIXELS
from shared.protocol.messages import Code, Options, Progress, Queued

CANVAS = (0, 0, 6, 5)
OPAQUE = b"".join(bytes([value, 2 * value, 3 * value, 255]) for value in range(30))
TRANSLUCENT = OPAQUE[:-1] + b"\x80"
OPTIONS = Options("dog", "cat", "low", "fast")


class Scene:
    """A picture with one layer, and its job."""

    def __init__(self, app: App, session: FakeSession, pixels: bytes = OPAQUE, space: Space = SRGB) -> None:
        self.app, self.session = app, session
        self.document = app.open(6, 5, space)
        self.node = self.document.add_layer(pixels, CANVAS, "cat")
        self.job = self.new_job()

    def new_job(self, node: Node | None = None) -> Job:
        self.job = Job(self.app, Source(self.app, self.document, node or self.node), OPTIONS)
        return self.job

    def step(self) -> None:
        """One step, and a turn of Krita's event loop."""
        self.job.step()
        self.document.turn()

    def work(self) -> None:
        """Until there is nothing more to do here."""
        for _ in range(1000):
            if not self.job.busy:
                return
            self.step()
        raise AssertionError("It never ends.")

    def submit(self) -> None:
        self.session.state = "ready"
        self.job.submit(cast("Any", self.session))

    def finish(self) -> None:
        self.session.finish(self.job.id, {"target": "cat"})
        (event,) = self.session.poll()
        self.job.finished(event)

    def reach(self, phase: Phase) -> None:
        """Go on until a live phase has begun."""
        if phase is not Phase.READING:
            self.work()
        if phase in (Phase.SHADING, Phase.WRITING):
            self.submit()
        if phase is Phase.WRITING:
            self.finish()
        assert self.job.phase is phase

    def wait_for_stroke(self) -> None:
        """Go on until the new layer is filled, and can't be added because the artist is in the middle of a stroke."""
        self.reach(Phase.WRITING)
        self.document.picture.stroke = True
        for _ in range(100):
            self.step()
            if self.document.picture.lock_tries:
                break
        assert (self.job.phase, self.job.busy) == (Phase.WRITING, True)

    @property
    def shaded(self) -> Node:
        (body,) = [child for child in self.document.picture.root.children if child.name == "cat (shaded)"]
        return Node(body)

    def run(self) -> None:
        self.reach(Phase.WRITING)
        self.work()


@pytest.fixture
def scene(app: App, session: FakeSession) -> Scene:
    return Scene(app, session)


def assert_untouched(scene: Scene) -> None:
    """The picture is as it was, and nothing is left of the work."""
    assert scene.document.layers() == ["cat"]
    assert scene.node.visible()
    assert scene.document.picture.history == []
    assert not scene.document.modified()
    assert scene.app.pictures == [scene.document.picture]
    assert scene.app.questions == 0


# ── the way ──


def test_the_phases_of_a_job(scene: Scene) -> None:
    job = scene.job
    assert (job.phase, job.live, job.busy, job.fraction) == (Phase.READING, True, True, 0.0)
    assert job.line == "Reading the layer"
    scene.work()
    assert (job.phase, job.live, job.busy) == (Phase.WAITING, True, False)
    assert not job.step()
    scene.submit()
    assert (job.phase, job.live, job.busy) == (Phase.SHADING, True, False)
    assert job.line == "Sending the layer"
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
    (sent,) = scene.session.sent.values()
    submit = sent.submit
    assert (submit.width, submit.height, submit.dtype, submit.layout, submit.space) == (6, 5, "uint8", "BGRA", "srgb")
    assert not submit.mask
    assert submit.options == OPTIONS
    assert sent.block == OPAQUE


@pytest.mark.parametrize("space", [SRGB, ADOBE, GRAY, CMYK, XYZ])
def test_a_new_layer_whatever_the_colour_space(app: App, session: FakeSession, space: Space) -> None:
    pixels = noise(6, 5, space)
    scene = Scene(app, session, pixels, space)
    scene.run()
    (sent,) = session.sent.values()
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
    session = FakeSession(piece=1 << 20)
    session.state = "ready"
    job.submit(cast("Any", session))
    assert session.sent[job.id].block == (pixels if space == SRGB else convert(pixels, space, XYZ))
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
    return sum(len(each) for each in gc.get_objects() if type(each) is Chunks)


@pytest.mark.parametrize("end", ["done", "failed", "cancelled"])
def test_a_job_that_has_ended_keeps_no_pixels(scene: Scene, end: str) -> None:
    """The docker remembers some of them for their reports."""
    scene.reach(Phase.SHADING)
    assert kept() == len(OPAQUE)
    if end == "done":
        scene.finish()
        scene.work()
    elif end == "failed":
        scene.job.fail("It failed.", "")
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
    (sent,) = scene.session.sent.values()
    assert sent.submit.mask
    assert sent.block == OPAQUE + weights


def test_of_a_layer_beside_the_corner_it_is_the_part_of_the_selection_there(app: App, session: FakeSession) -> None:
    scene = Scene(app, session)
    node = scene.document.add_layer(OPAQUE[:24], (4, 3, 3, 2), "corner")
    scene.document.select(bytes(range(30)), CANVAS)
    scene.new_job(node)
    scene.reach(Phase.SHADING)
    (sent,) = session.sent.values()
    assert (sent.submit.width, sent.submit.height) == (2, 2)
    assert sent.block == OPAQUE[:8] + OPAQUE[12:20] + bytes([22, 23, 28, 29])


def test_a_selection_that_misses_the_layer_is_said(scene: Scene) -> None:
    node = scene.document.add_layer(OPAQUE[:24], (0, 0, 3, 2), "corner")
    scene.document.select(b"\xff" * 4, (4, 3, 2, 2))
    scene.new_job(node)
    scene.work()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.line.startswith("The selection doesn't touch the layer “corner”. Select")


# ── hidden originals ──


@pytest.mark.parametrize(("pixels", "hidden"), [(OPAQUE, False), (TRANSLUCENT, True)])
def test_a_translucent_original_is_hidden_and_looked_after(
    app: App, session: FakeSession, pixels: bytes, hidden: bool
) -> None:
    scene = Scene(app, session, pixels)
    scene.run()
    assert scene.node.visible() is not hidden
    covered = [each for each in scene.job.afterwards if isinstance(each, Covered)]
    assert len(covered) == hidden
    for each in covered:
        scene.document.undo()
        each.follow()
        assert scene.node.visible()


# ── the artist paints ──


def test_a_stroke_is_waited_for(app: App, session: FakeSession) -> None:
    scene = Scene(app, session, TRANSLUCENT)
    scene.wait_for_stroke()
    for tries in range(2, 5):
        assert not scene.job.step()  # Krita's turn, or the stroke never ends
        assert scene.document.picture.lock_tries == tries
    assert scene.job.phase is Phase.WRITING
    assert scene.job.line == "Adding the new layer"
    assert_untouched(scene)
    scene.document.picture.stroke = False
    scene.work()
    assert scene.job.phase is Phase.DONE
    assert scene.shaded.pixelData(*CANVAS) == halved(TRANSLUCENT, "uint8")
    assert not scene.node.visible()


def test_strokes_do_not_keep_the_new_layer_from_being_filled(
    app: App, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_layer, "BAND_PIXELS", 6)
    scene = Scene(app, session)
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
def test_it_can_end_while_a_stroke_is_waited_for(app: App, session: FakeSession, space: Space, end: str) -> None:
    scene = Scene(app, session, TRANSLUCENT, space)
    scene.wait_for_stroke()
    if end == "cancelled":
        scene.job.cancel()
    else:
        scene.job.fail("It failed.", "")
    assert not scene.job.step()
    assert scene.job.phase.name.lower() == end
    scene.document.picture.stroke = False
    scene.document.turn()
    assert_untouched(scene)


@pytest.mark.parametrize("gone", ["closed", "deleted"])
def test_gone_when_the_stroke_that_was_waited_for_is_over(app: App, session: FakeSession, gone: str) -> None:
    act, sentence = GONE[gone]
    scene = Scene(app, session, space=ADOBE)
    scene.wait_for_stroke()
    scene.document.picture.stroke = False
    act(scene)
    assert not scene.job.step()
    assert scene.job.phase is Phase.FAILED
    assert sentence in scene.job.line
    assert app.pictures == ([] if gone == "closed" else [scene.document.picture])
    assert app.questions == 0
    assert scene.document.layers() == (["cat"] if gone == "closed" else [])


def test_of_a_hidden_layer_the_new_one_is_hidden_too(app: App, session: FakeSession) -> None:
    scene = Scene(app, session, TRANSLUCENT)
    scene.node.setVisible(False)
    scene.new_job()
    scene.run()
    assert not scene.shaded.visible()
    assert not any(isinstance(each, Covered) for each in scene.job.afterwards)


@pytest.mark.parametrize("phase", [Phase.READING, Phase.WRITING])
def test_the_hidden_document_is_closed_by_somebody_else(
    app: App, session: FakeSession, phase: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "PIXELS", 6)
    monkeypatch.setattr(new_layer, "PIXELS", 6)
    expected = Scene(app, session, space=ADOBE)
    expected.run()
    scene = Scene(app, session, space=ADOBE)
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


def test_alpha_only_layers_are_refused_at_once(app: App, session: FakeSession) -> None:
    scene = Scene(app, session)
    scene.node.body.space = ("A", "U8", "")
    with pytest.raises(LayerError, match="colour model A") as caught:
        scene.new_job()
    assert "Convert" in caught.value.hint


@pytest.mark.parametrize("phase", LIVE)
@pytest.mark.parametrize("space", [SRGB, ADOBE])
def test_cancelled_wherever_it_is(app: App, session: FakeSession, phase: Phase, space: Space) -> None:
    scene = Scene(app, session, space=space)
    scene.reach(phase)
    if phase in (Phase.READING, Phase.WRITING):
        scene.step()
    scene.job.cancel()
    assert (scene.job.phase, scene.job.live, scene.job.busy) == (Phase.CANCELLED, False, False)
    assert not scene.job.step()
    assert_untouched(scene)


@pytest.mark.parametrize("phase", LIVE)
@pytest.mark.parametrize("space", [SRGB, ADOBE])
def test_failed_wherever_it_is(app: App, session: FakeSession, phase: Phase, space: Space) -> None:
    scene = Scene(app, session, space=space)
    scene.reach(phase)
    if phase in (Phase.READING, Phase.WRITING):
        scene.step()
    scene.job.fail("It failed.", "Try again.")
    assert (scene.job.phase, scene.job.live, scene.job.busy) == (Phase.FAILED, False, False)
    assert scene.job.line == "It failed. Try again."
    assert scene.job.problem == ("It failed.", "Try again.")
    assert not scene.job.step()
    assert_untouched(scene)


GONE = {
    "closed": (lambda scene: scene.document.close_anyway(), "The picture was closed"),
    "deleted": (lambda scene: scene.node.remove(), "was deleted"),
}


@pytest.mark.parametrize("phase", [Phase.READING, Phase.WRITING])
@pytest.mark.parametrize("gone", GONE)
def test_gone_while_it_is_worked_on(scene: Scene, phase: Phase, gone: str) -> None:
    act, sentence = GONE[gone]
    scene.reach(phase)
    scene.step()
    act(scene)
    assert not scene.job.step()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.problem is not None
    assert sentence in scene.job.problem[0]
    assert scene.job.problem[1]


BROKEN: dict[str, tuple[Exception, str]] = {
    "layer": (LayerError("It can't be read.", "Convert it."), "It can't be read. Convert it."),
    "memory": (MemoryError(), "not enough memory"),
    "krita": (RuntimeError("wrapped C/C++ object of type Node has been deleted"), "Krita took the layer away"),
}


def raiser(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("phase", [Phase.READING, Phase.WRITING])
def test_a_band_that_cannot_be_read_or_written(
    app: App, session: FakeSession, phase: Phase, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, sentence = BROKEN[kind]
    scene = Scene(app, session, space=ADOBE)
    scene.reach(phase)
    # The hidden document is there by then, and must not stay.
    broken = (Source, "pixels") if phase is Phase.READING else (new_layer.NewLayer, "_write")
    with monkeypatch.context() as patch:
        patch.setattr(*broken, raiser(error))
        assert not scene.job.step()
    assert scene.job.phase is Phase.FAILED
    assert sentence in scene.job.line
    assert_untouched(scene)


def test_a_layer_on_which_nothing_is_seen(app: App, session: FakeSession) -> None:
    scene = Scene(app, session, b"".join(OPAQUE[index : index + 3] + b"\0" for index in range(0, 120, 4)))
    scene.work()
    assert scene.job.phase is Phase.FAILED
    assert "“cat” is empty" in scene.job.line
    assert_untouched(scene)


def test_colours_that_krita_cannot_convert(app: App, session: FakeSession) -> None:
    scene = Scene(app, session)
    scene.node.body.space = ("RGBA", "U8", "lost.icc")
    scene.new_job()
    scene.work()
    assert scene.job.phase is Phase.FAILED
    assert "lost.icc" in scene.job.line
    assert_untouched(scene)


def test_what_the_daemon_would_not_take(scene: Scene) -> None:
    scene.reach(Phase.WAITING)
    scene.session.refusal = Refused(Code.TOO_LARGE, "It is too large.", "Scale it down.")
    scene.submit()
    assert scene.job.phase is Phase.FAILED
    assert scene.job.line == "It is too large. Scale it down."
    assert scene.job.id == ""
    assert_untouched(scene)
