"""A controller in a stand-in for Krita, ticked by hand."""

from __future__ import annotations

from typing import Any, cast

from fake_client import FakeClient
from fake_krita import App, Document, Picture
from fake_nodes import Node

from krita_plugin.controller import Controller
from krita_plugin.job import Job, Phase
from krita_plugin.read import Source
from krita_plugin.vendored import Problem
from shared.protocol.messages import Options

CANVAS = (0, 0, 6, 5)
TOO_LARGE = Problem.worded("It is too large.", "Scale it down.")
GONE = Problem.worded("It is gone.", "Wait.")
OPAQUE = b"".join(bytes([value, 2 * value, 3 * value, 255]) for value in range(30))
TRANSLUCENT = OPAQUE[:-1] + b"\x80"


class Scene:
    """A controller in a Krita with one picture, ticked by hand."""

    def __init__(self, app: App, client: FakeClient) -> None:
        self.app, self.client = app, client
        self.document = app.open(6, 5)
        self.ended: list[tuple[Job, Phase]] = []
        self.wakes = 0
        self.controller = Controller(
            app, cast("Any", client), lambda job: self.ended.append((job, job.phase)), self._wake
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
        if self.client.state != "ready":
            self.client.connect()
        job = self.shade()
        self.settle()
        assert job.phase is Phase.SHADING
        return job

    def finish(self, job: Job) -> None:
        self.client.finish(job.id)
        self.settle()


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
        scene.client.finish(job.id)
        (event,) = scene.client.poll()
        job.finished(event)
    assert job.phase is phase
    return job


def waiting_for_stroke(scene: Scene) -> tuple[Job, Picture]:
    """A job whose new layer is filled and waits for the artist; and the picture that he paints in."""
    job, picture = scene.running(), scene.document.picture
    picture.stroke = True
    scene.client.finish(job.id)
    for _ in range(10):
        scene.tick()
        if picture.lock_tries:
            break
    assert job.phase is Phase.WRITING
    return job, picture
