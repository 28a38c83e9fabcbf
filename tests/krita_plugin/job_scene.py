"""One picture with one layer in a stand-in for Krita, and its job, stepped by hand."""

from __future__ import annotations

from typing import Any, cast

from fake_client import FakeClient
from fake_krita import App
from fake_nodes import Node
from fake_pixels import SRGB, Space

from krita_plugin.job import Job, Phase
from krita_plugin.read import Source
from krita_plugin.vendored import Problem
from shared.protocol.messages import Options

CANVAS = (0, 0, 6, 5)
OPAQUE = b"".join(bytes([value, 2 * value, 3 * value, 255]) for value in range(30))
TRANSLUCENT = OPAQUE[:-1] + b"\x80"
OPTIONS = Options("dog", "cat", "low", "fast")
FAILURE = Problem.worded("It failed.", "Try again.")


class Scene:
    """A picture with one layer, and its job."""

    def __init__(self, app: App, client: FakeClient, pixels: bytes = OPAQUE, space: Space = SRGB) -> None:
        self.app, self.client = app, client
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
        self.client.state = "ready"
        self.job.submit(cast("Any", self.client))

    def finish(self) -> None:
        self.client.finish(self.job.id, {"target": "cat"})
        (event,) = self.client.poll()
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


def assert_untouched(scene: Scene) -> None:
    """The picture is as it was, and nothing is left of the work."""
    assert scene.document.layers() == ["cat"]
    assert scene.node.visible()
    assert scene.document.picture.history == []
    assert not scene.document.modified()
    assert scene.app.pictures == [scene.document.picture]
    assert scene.app.questions == 0


GONE = {
    "closed": (lambda scene: scene.document.close_anyway(), "editor.picture_closed"),
    "deleted": (lambda scene: scene.node.remove(), "editor.layer_deleted"),
}
