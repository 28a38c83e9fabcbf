"""One picture through a client: what is sent, what is waited for, and what becomes of the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daemon.commands.shade_picture import Shaded, no_daemon, shade_picture
from daemon.pictures.model import Metadata, PictureFile
from shared.client.events import Event, Failed, Finished
from shared.client.transfer import Source
from shared.problem import Problem
from shared.protocol.messages import Code, Options, Progress, Queued, Submit
from shared.wording.note import Note

PALETTE = Note("pictures.palette")


class StandIn:
    """A client whose daemon adds ``change`` to the colours wherever the mask allows, after some progress."""

    def __init__(self, change: int = 0, code: Code | None = None) -> None:
        self.change = change
        self.code = code
        self.events: list[Event] = []
        self.cancelled = False
        self.received: dict[str, Any] = {}
        self.state = "ready"

    def start(self) -> None:
        pass

    def submit(self, submit: Submit, source: Source) -> str:
        numbers, height, width = np.dtype(submit.dtype), submit.height, submit.width
        length, total = submit.pixel_bytes, submit.total_bytes
        data = b"".join(bytes(source(start, min(1000, total - start))) for start in range(0, total, 1000))
        pixels = np.frombuffer(data[:length], numbers).reshape(height, width, 4).copy()
        allowed = np.frombuffer(data[length:], np.uint8).reshape(height, width, 1) > 0 if submit.mask else np.True_
        self.received = {"pixels": pixels.copy(), "layout": submit.layout, "options": submit.options, "mask": allowed}
        pixels[:, :, :3] += np.where(allowed, self.change, 0).astype(numbers)
        self.events = [Queued("job", 1), Progress("job", "shading", 1, 2, 0.1, 1.0)]
        if self.code:
            self.events.append(Failed("job", Problem.worded("It can't be done.", "Do something else.", self.code)))
        else:
            self.events += [Failed("other", Problem.worded("Not ours.")), self._finished(pixels)]
        return "job"

    def _finished(self, pixels: np.ndarray[Any, Any]) -> Finished:
        return Finished("job", {"notes": ["From the engine."]}, memoryview(pixels.tobytes()))

    def poll(self) -> list[Event]:
        return [self.events.pop(0)] if self.events else []

    def wait(self, milliseconds: int) -> None:
        assert milliseconds > 0

    def cancel(self, id: str) -> None:
        assert id == "job"
        self.cancelled = True


def picture(dtype: Any = np.uint8, colours: int = 3) -> PictureFile:
    samples = np.random.default_rng(1).integers(20, 200, (13, 17, colours + 1)).astype(dtype)
    return PictureFile("PNG", samples, colours, alpha=colours, metadata=Metadata(exif=b"kept"), notes=(PALETTE,))


def test_the_change_arrives_and_everything_else_stays() -> None:
    subject, client, seen = picture(), StandIn(change=3), []
    result = shade_picture(client, subject, Options("dog"), None, seen.append)
    assert isinstance(result, Shaded)
    assert np.array_equal(result.picture.samples[:, :, :3], subject.samples[:, :, :3] + 3)
    assert np.array_equal(result.picture.samples[:, :, 3], subject.samples[:, :, 3])
    assert result.picture.metadata.exif == b"kept"
    assert result.report["notes"] == ["From the engine.", PALETTE]
    assert [each["key"] for each in result.report["note_keys"]] == ["", PALETTE.key]
    assert client.received["layout"] == "RGBA"
    assert client.received["options"] == Options("dog")
    assert [type(event) for event in seen] == [Queued, Progress, Failed], "also what concerns other jobs"


def test_the_mask_follows_the_pixels() -> None:
    subject, client = picture(np.uint16), StandIn(change=500)
    mask = np.zeros((13, 17), np.uint8)
    mask[4:9, 3:11] = 255
    result = shade_picture(client, subject, Options("dog"), mask)
    moved = result.picture.samples.astype(int) - subject.samples
    assert (moved[:, :, :3][mask > 0] == 500).all()
    assert (moved[mask == 0] == 0).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_gray_picture_gets_the_whole_change(dtype: Any) -> None:
    subject = picture(dtype, colours=1)
    result = shade_picture(StandIn(change=2), subject, Options("dog"))
    assert np.array_equal(result.picture.samples[:, :, 0], subject.samples[:, :, 0] + 2)
    assert np.array_equal(result.picture.samples[:, :, 1], subject.samples[:, :, 1])


def test_a_failure_is_the_daemons_sentence() -> None:
    with pytest.raises(Problem) as failure:
        shade_picture(StandIn(code=Code.OUT_OF_MEMORY), picture(), Options("dog"))
    assert failure.value == Problem.worded("It can't be done.", "Do something else.", Code.OUT_OF_MEMORY)


@pytest.mark.parametrize(
    ("code", "state", "expected"),
    [
        (Code.CONNECTION_LOST, "lost", True),
        (Code.VERSION_MISMATCH, "lost", True),
        (Code.CONNECTION_LOST, "ready", False),
        (Code.OUT_OF_MEMORY, "lost", False),
    ],
)
def test_a_missing_daemon_is_told_from_a_picture_that_failed(code: Code, state: str, expected: bool) -> None:
    client = StandIn()
    client.state = state
    assert no_daemon(client, Problem.worded("No.", "", code)) is expected


@pytest.mark.parametrize("code", [None, Code.CANCELLED, Code.INTERNAL])
def test_ctrl_c_cancels_the_job_and_waits_for_its_end(code: Code | None) -> None:
    client = StandIn(code=code)
    with pytest.raises(Problem) as failure:
        shade_picture(client, picture(), Options("dog"), stop=lambda: True)
    assert failure.value.code is Code.CANCELLED
    assert client.cancelled
    assert client.events == []
