"""From a shaded layer to the one it was made from."""

from __future__ import annotations

import pytest

from shared.editor.original import LONGEST, original
from shared.problem import Problem


def followed(layer: str, sources: dict[str, list[str | None]]) -> str:
    return original(layer, "its name", sources.get)


def test_a_layer_without_a_mark_is_its_own_original() -> None:
    assert followed("a", {"b": ["a"]}) == "a"


def test_however_often_it_was_shaded() -> None:
    assert followed("c", {"b": ["a"], "c": ["b"]}) == "a"


@pytest.mark.parametrize("sources", [{"b": []}, {"b": ["a", "x"]}, {"b": [None]}, {"b": ["a"], "a": [None]}])
def test_of_several_or_of_what_is_gone_there_is_none(sources: dict[str, list[str | None]]) -> None:
    with pytest.raises(Problem) as caught:
        followed("b", sources)
    assert (caught.value.key, caught.value.values) == ("editor.already_shaded", {"name": "its name"})


def test_damaged_marks_that_go_in_circles_end() -> None:
    asked: list[str] = []

    def sources(layer: str) -> list[str]:
        asked.append(layer)
        return ["b" if layer == "a" else "a"]

    with pytest.raises(Problem):
        original("a", "a", sources)
    assert len(asked) == LONGEST
