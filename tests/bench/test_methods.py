"""Every method: same size, above its floor by somebody else's metric, and not the picture it got."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from daemon.shading import anchors
from daemon.shading.recipes import FLOORS
from tests.bench import table
from tests.bench.jury import VISIBILITY, visibility
from tests.bench.methods import METHODS, Method, Setting


@pytest.fixture
def picture() -> Image.Image:
    """A piece of a photograph, of 225 pixels or more: below, the independent SSIMULACRA2 misreads its weights."""
    return Image.open(anchors.photographs.folder() / "coffee.png").convert("RGB").crop((100, 40, 356, 280))


@pytest.mark.parametrize("make", METHODS.values(), ids=METHODS)
def test_a_method_keeps_size_and_floor_and_moves_the_picture(
    make: Callable[[Setting], Method], picture: Image.Image
) -> None:
    before = np.array(picture)
    method = make(Setting("fast", steps=4))
    scores = []
    for floor in (FLOORS["low"], FLOORS["high"]):
        shaded = method(picture, "cat", floor)
        assert (shaded.picture.mode, shaded.picture.size) == ("RGB", picture.size)
        assert np.array_equal(np.array(picture), before), "its own copy was changed"
        assert not np.array_equal(np.array(shaded.picture), before)
        assert math.isnan(shaded.shift) or 0 < shaded.shift < 1
        scores.append(visibility(picture, shaded.picture)[0])
        assert scores[-1] >= floor - 0.5
    assert scores[0] > scores[1]


def test_ours_refuses_floors_it_has_no_intensity_for(picture: Image.Image) -> None:
    with pytest.raises(ValueError, match="75"):
        METHODS["ours"](Setting("fast"))(picture, "cat", 75.0)


def test_visibility_of_nothing(picture: Image.Image) -> None:
    assert dict(zip(VISIBILITY, visibility(picture, picture), strict=True)) == {
        "SSIMULACRA2": pytest.approx(100),
        "FLIP": pytest.approx(0, abs=1e-6),
        "PSNR": math.inf,
    }


def test_means_are_of_the_rows_that_a_group_names() -> None:
    rows: list[list[object]] = [["a", "x", 1, 2.0], ["b", "y", 3, 4.0], ["a", "z", 5, 7.0]]
    assert table.means(rows, [["a"], ["c"], ["a", "b"]], 2) == [["a", 2, 3.0, 4.5], ["a and b", 3, 3.0, 13 / 3]]
