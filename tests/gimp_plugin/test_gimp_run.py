"""The procedure's outcome: a status and a sentence, whatever goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_gi import BaseType, Channel, Error, Image, Layer, Mask

from gimp_plugin import run as runs
from gimp_plugin.formats import Format
from gimp_plugin.shading import shade
from gimp_plugin.snapshot import Place, Snapshot
from gimp_plugin.trouble import Trouble
from shared.client.events import Connected, Failed, Finished, Unavailable
from shared.protocol.admission import Refused
from shared.protocol.messages import Code, Limits, Options, Progress, Submit, Welcome

PICTURE = Snapshot(Place(0, 0, 1, 1), None, "", b"abcd", Format("", "uint8", 4), b"abcd", b"abcd")
DONE = Finished("job", {}, memoryview(b"wxyz"))


class Procedure:
    def new_return_values(self, status: str, error: Error | None) -> tuple[str, str]:
        return status, str(error or "")


class Session:
    """Plays events, a list for each poll; it is ready once ``Connected`` has been among them."""

    def __init__(self, *turns: list[Any]) -> None:
        self.turns = list(turns)
        self.state = "stopped"
        self.started = self.closed = False
        self.submitted: list[Any] = []

    def start(self) -> None:
        self.started = True

    def poll(self) -> list[Any]:
        events = self.turns.pop(0)
        if any(isinstance(event, Connected) for event in events):
            self.state = "ready"
        return events

    def submit(self, submit: Submit, source: Any) -> str:
        self.submitted.append((submit, source))
        return "job"

    def wait(self, milliseconds: int) -> None:
        pass

    def close(self) -> None:
        self.closed = True


CONNECTED = [Connected(Welcome("h", 1, "0", Limits()))]


def test_a_picture_goes_there_and_back_and_what_happens_is_told() -> None:
    told: list[Any] = []
    step = Progress("job", "shading", 1, 2)
    session = Session([], CONNECTED, [step], [Finished("preview", {}, memoryview(b"")), DONE])
    assert shade(session, PICTURE, b"m", Options("dog"), told.append) is DONE  # pyright: ignore[reportArgumentType]
    assert session.started
    submit, block = session.submitted[0]
    assert submit == Submit(submit.id, 1, 1, mask=True, options=Options("dog"))
    assert bytes(block(0, 5)) == b"abcdm"
    assert [event for event in told if isinstance(event, Progress)] == [step]


@pytest.mark.parametrize("when", ["before", "meanwhile", "failed"])
def test_without_a_daemon_there_is_a_sentence(when: str) -> None:
    gone = [Unavailable("There is none.", "Install it.")]
    turns = {"before": [gone], "meanwhile": [CONNECTED, gone], "failed": [CONNECTED, [_failed("job")]]}
    with pytest.raises(Trouble, match="There is none") as caught:
        shade(Session(*turns[when]), PICTURE, None, Options(), print)  # pyright: ignore[reportArgumentType]
    assert caught.value.hint == "Install it."


def _failed(job: str) -> Failed:
    return Failed(job, Code.WORKER_DIED, "There is none.", "Install it.")


def test_what_is_chosen_must_be_one_layer_of_an_image_with_colours() -> None:
    image = Image()
    layer = Layer(image, "layer", 1, 1)
    assert runs.chosen(image, [layer]) is layer
    for drawables, sentence in (([], "0 layers"), ([layer, layer], "2 layers"), ([Channel(1, 1)], "channel")):
        with pytest.raises(Trouble, match=sentence):
            runs.chosen(image, drawables)
    with pytest.raises(Trouble, match="indexed") as caught:
        runs.chosen(Image(BaseType.INDEXED), [layer])
    assert "Image > Mode > RGB" in caught.value.hint


def test_of_a_mask_its_layer_is_shaded(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image()
    layer = Layer(image, "layer", 1, 1)
    monkeypatch.setattr(Layer, "from_mask", staticmethod(lambda mask: layer), raising=False)
    assert runs.chosen(image, [Mask(1, 1)]) is layer


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Trouble("No.", "Do."), "No. Do."),
        (Refused(Code.BUSY, "Full.", "Wait."), "Full. Wait."),
        (MemoryError(), "There is not enough memory for this layer. Close other images."),
        (KeyError("x"), "Belladonna's plug-in made a mistake (KeyError('x')). Please report this."),
    ],
)
def test_every_failure_is_one_sentence_and_the_session_is_closed(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, sentence: str, home: Path
) -> None:
    sessions: list[Session] = []

    def session(*_: Any) -> Session:
        sessions.append(Session())
        return sessions[-1]

    def fails(*_: Any) -> None:
        raise problem

    monkeypatch.setattr(runs, "Session", session)
    monkeypatch.setattr(runs, "_shade", fails)
    image = Image()
    outcome = runs.run(Procedure(), "noninteractive", image, [Layer(image, "layer", 1, 1)], None)
    assert outcome == ("execution-error", sentence)
    assert sessions[0].closed


def test_leaving_the_dialog_is_no_failure(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    session = Session()
    monkeypatch.setattr(runs, "Session", lambda *_: session)
    monkeypatch.setattr(runs, "_agreed", lambda *_: False)
    image = Image()
    assert runs.run(Procedure(), "interactive", image, [Layer(image, "layer", 1, 1)], None) == ("cancel", "")
    assert session.closed
