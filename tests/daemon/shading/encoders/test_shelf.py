"""What stays loaded: as many bytes as there is room for, and the longest unused goes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from random_encoders import taesd_state
from torch import Tensor

from daemon.shading.device import Device
from daemon.shading.encoders import shelf as shelf_module
from daemon.shading.encoders.registry import load
from daemon.shading.encoders.shelf import Shelf
from shared.problem import Problem

ON = Device(torch.device("cpu"), torch.float32, "CPU (float32)")
ELSEWHERE = Device(torch.device("cpu"), torch.bfloat16, "CPU (bfloat16)")


def pictures() -> Iterator[Tensor]:
    generator = torch.Generator().manual_seed(0)
    for _ in range(2):
        yield torch.rand(1, 3, 32, 32, generator=generator)


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """Four encoders of one size."""
    paths = [tmp_path / f"{name}.pth" for name in "abcd"]
    for path in paths:
        torch.save(taesd_state(4), path)
    return [str(path) for path in paths]


@pytest.fixture
def size(names: list[str]) -> int:
    return load(names[0], ON, pictures).bytes


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were loaded, in order."""
    loaded: list[str] = []

    def counting(name: str, *rest: object) -> object:
        loaded.append(name)
        return load(name, *rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(shelf_module, "load", counting)
    return loaded


def test_bytes_are_those_of_the_weights(names: list[str], size: int) -> None:
    state = torch.load(names[0])
    assert size == 4 * sum(weight.numel() for weight in state.values())
    assert load(names[0], ELSEWHERE, pictures).bytes == size // 2


def test_what_is_loaded_stays(names: list[str], loads: list[str], size: int) -> None:
    shelf = Shelf(pictures, most_bytes=4 * size)
    first = shelf.take(names, ON)
    assert shelf.take(names[::-1], ON) == first[::-1]
    assert loads == names
    assert shelf.take(names[:1], ELSEWHERE) != first[:1]


def test_the_longest_unused_goes_first(names: list[str], loads: list[str], size: int) -> None:
    a, b, c, d = names
    shelf = Shelf(pictures, most_bytes=3 * size)
    for name in (a, b, c, a, d):
        shelf.take([name], ON)
    assert [name for name in names if (name, ON.name) in shelf] == [a, c, d]
    loads.clear()
    shelf.take([a, c], ON)
    assert loads == []
    shelf.take([b], ON)
    assert loads == [b]
    assert [name for name in names if (name, ON.name) in shelf] == [a, b, c]


def test_a_job_keeps_what_it_needs_however_large(names: list[str], loads: list[str]) -> None:
    shelf = Shelf(pictures, most_bytes=1)
    taken = shelf.take(names, ON)
    assert [surrogate.name for surrogate in taken] == names
    assert shelf.take(names, ON) == taken
    shelf.take(names[:1], ON)
    assert [name for name in names if (name, ON.name) in shelf] == names[:1]
    assert loads == names


def test_one_named_twice_is_loaded_once(names: list[str], loads: list[str]) -> None:
    one, other = Shelf(pictures).take([names[0], names[0]], ON)
    assert one is other
    assert loads == names[:1]


def test_one_that_cannot_be_loaded_costs_only_its_job(names: list[str], loads: list[str]) -> None:
    shelf = Shelf(pictures)
    kept = shelf.take(names[:1], ON)
    with pytest.raises(Problem):
        shelf.take([names[0], "nowhere"], ON)
    assert shelf.take(names[:1], ON) == kept
    assert loads == [names[0], "nowhere"]


def test_clear_gives_up_all(names: list[str]) -> None:
    shelf = Shelf(pictures)
    shelf.take(names, ON)
    shelf.clear()
    assert not any((name, ON.name) in shelf for name in names)
