"""Intensities and qualities, and the size a change is made at."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daemon.shading.recipes import FLOORS, LARGEST_WORK_PIXELS, RECIPES, work_size
from shared.protocol.messages import INTENSITIES, QUALITIES, Options

SIDES = [recipe.work_side for recipe in RECIPES.values()]


def test_every_intensity_and_quality_of_the_protocol_has_numbers() -> None:
    assert list(FLOORS) == list(INTENSITIES)
    assert list(RECIPES) == list(QUALITIES)
    assert Options().intensity in FLOORS
    assert Options().quality in RECIPES


def test_more_intensity_is_more_visible_and_more_quality_is_more_work() -> None:
    floors = list(FLOORS.values())
    assert floors == sorted(floors, reverse=True)
    assert all(50 <= floor <= 90 for floor in floors)
    costs = [recipe.steps * recipe.work_side**2 for recipe in RECIPES.values()]
    assert costs == sorted(costs)


@given(st.integers(1, 65_535), st.integers(1, 65_535), st.sampled_from(SIDES))
@example(1, 1, 512)
@example(1, 65_535, 512)
@example(65_535, 17, 1024)
def test_work_size_fits_the_layer(height: int, width: int, side: int) -> None:
    work = work_size(height, width, side)
    assert 1 <= work[0] <= height
    assert 1 <= work[1] <= width
    assert min(work) <= side
    assert work[0] * work[1] <= LARGEST_WORK_PIXELS * 1.01 + max(work)
    if min(work) >= 20:
        assert work[0] / work[1] == pytest.approx(height / width, rel=0.06)


@given(st.integers(1, 65_535), st.integers(1, 65_535), st.sampled_from(SIDES))
def test_turned_layers_get_turned_sizes(height: int, width: int, side: int) -> None:
    assert work_size(height, width, side) == work_size(width, height, side)[::-1]


@pytest.mark.parametrize("side", SIDES)
def test_small_layers_keep_their_size_and_large_ones_get_the_side(side: int) -> None:
    assert work_size(side, side - 1, side) == (side, side - 1)
    assert work_size(2 * side, 3 * side, side) in [(side, side * 3 // 2), (side, round(side * 1.5))]
    assert work_size(8 * side, 8 * side, side) == (side, side)
