"""The procedure's outcome: a status and a sentence, whatever goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_gi import BaseType, Channel, Error, Image, Layer, Mask

from gimp_plugin import plugin
from shared import wording
from shared.problem import Problem
from shared.protocol.messages import Code


class Procedure:
    def new_return_values(self, status: str, error: Error | None) -> tuple[str, str]:
        return status, str(error or "")


class Client:
    """Notes whether it was closed."""

    def __init__(self, *_: Any) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_what_is_chosen_must_be_one_layer_of_an_image_with_colours() -> None:
    image = Image()
    layer = Layer(image, "layer", 1, 1)
    assert plugin.chosen(image, [layer]) is layer
    for drawables, problem in (
        ([], Problem("editor.not_one_layer", count=0)),
        ([layer, layer], Problem("editor.not_one_layer", count=2)),
        ([Channel(1, 1)], Problem("editor.channel")),
    ):
        with pytest.raises(Problem) as caught:
            plugin.chosen(image, drawables)
        assert caught.value == problem
    with pytest.raises(Problem) as caught:
        plugin.chosen(Image(BaseType.INDEXED), [layer])
    assert caught.value.key == "editor.indexed"


def test_of_a_mask_its_layer_is_shaded(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image()
    layer = Layer(image, "layer", 1, 1)
    monkeypatch.setattr(Layer, "from_mask", staticmethod(lambda mask: layer), raising=False)
    assert plugin.chosen(image, [Mask(1, 1)]) is layer


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (Problem("editor.floating"), Problem("editor.floating")),
        (Problem.worded("Full.", "Wait.", Code.BUSY), Problem.worded("Full.", "Wait.")),
        (MemoryError(), Problem("editor.out_of_memory")),
        (KeyError("x"), Problem("editor.bug", error="KeyError: 'x'")),
    ],
)
def test_every_failure_is_one_sentence_and_the_client_is_closed(
    monkeypatch: pytest.MonkeyPatch, error: Exception, problem: Problem, home: Path
) -> None:
    clients: list[Client] = []

    def client(*_: Any) -> Client:
        clients.append(Client())
        return clients[-1]

    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(plugin, "Client", client)
    monkeypatch.setattr(plugin, "_shade", fails)
    image = Image()
    outcome = plugin.run(Procedure(), "noninteractive", image, [Layer(image, "layer", 1, 1)], None)
    assert outcome == ("execution-error", problem.told)
    assert clients[0].closed


class Values(list):
    """What a procedure returns: begins with its status and an empty place."""

    def remove(self, number: int) -> None:
        del self[number]


REPORT = {"target": "cat", "shift": {"mean": 0.12}}
NOTED = {**REPORT, "notes": ["Memory ran out."]}


@pytest.mark.parametrize(
    ("mode", "report", "told"),
    [
        ("interactive", REPORT, f"{wording.finished(REPORT)}\n\n{wording.explained(REPORT)}"),
        ("interactive", {}, wording.finished({})),
        ("with-last-vals", REPORT, ""),
        ("with-last-vals", NOTED, wording.finished(NOTED)),
        ("noninteractive", NOTED, ""),
    ],
)
def test_a_person_is_told_what_was_achieved_and_a_script_is_not(
    monkeypatch: pytest.MonkeyPatch, mode: str, report: dict[str, Any], told: str, home: Path
) -> None:
    shaded, messages, shown = object(), [], []
    monkeypatch.setattr(plugin, "Client", Client)
    monkeypatch.setattr(plugin, "_agreed", lambda *_: True)
    monkeypatch.setattr(plugin, "_shade", lambda *_: (shaded, report))
    monkeypatch.setattr(plugin.Gimp, "message", messages.append, raising=False)
    monkeypatch.setattr(plugin.Gimp, "displays_flush", lambda: shown.append(True), raising=False)
    monkeypatch.setattr(plugin.GObject, "Value", lambda kind, value: value, raising=False)
    monkeypatch.setattr(Procedure, "new_return_values", lambda self, status, error: Values([status, None]))
    image = Image()
    assert plugin.run(Procedure(), mode, image, [Layer(image, "layer", 1, 1)], None) == ["success", shaded]
    assert messages == ([told] if told else [])
    assert bool(shown) is (mode != "noninteractive")


def test_leaving_the_dialog_is_no_failure(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    client = Client()
    monkeypatch.setattr(plugin, "Client", lambda *_: client)
    monkeypatch.setattr(plugin, "_agreed", lambda *_: False)
    image = Image()
    assert plugin.run(Procedure(), "interactive", image, [Layer(image, "layer", 1, 1)], None) == ("cancel", "")
    assert client.closed
