"""What trainers do to pictures: real codecs and filters, and what they leave alone."""

from __future__ import annotations

import pytest
import torch
from made_pictures import unit, waves
from torch import Tensor

from daemon.shading.purifiers import PURIFIERS, smoothed
from daemon.shading.views import View

EVERY = pytest.mark.parametrize("purifier", PURIFIERS, ids=lambda purifier: purifier.name)


@pytest.fixture
def picture() -> Tensor:
    return unit(waves(45, 61, 1))


@EVERY
def test_a_purifier_takes_grain_away_and_leaves_the_picture(purifier: View, picture: Tensor) -> None:
    grain = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0)) * 6 / 255
    noisy = (picture + grain).clamp(0, 1)
    left = purifier.apply(noisy) - purifier.apply(picture)
    assert (left * grain).sum() < 0.8 * grain.square().sum()
    assert (purifier.apply(picture) - picture).abs().mean() < 0.05


@EVERY
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (7, 9)])
def test_small_pictures_keep_their_size(purifier: View, size: tuple[int, int]) -> None:
    tiny = torch.full((1, 3, *size), 0.4)
    after = purifier.apply(tiny)
    assert after.shape == tiny.shape
    assert after.dtype == tiny.dtype
    assert (after - tiny).abs().max() < 0.02


def test_the_bilateral_filter_keeps_edges() -> None:
    edge = torch.zeros(1, 3, 24, 24)
    edge[..., 12:] = 1
    assert (smoothed(3, 0.1, 2.0)(edge) - edge).abs().max() < 0.02


def test_the_bilateral_filter_is_the_sum_over_neighbours() -> None:
    x = torch.rand(1, 3, 9, 8, generator=torch.Generator().manual_seed(1))
    radius, colour, space = 2, 0.5, 1.5
    expected = torch.empty_like(x)
    for row in range(9):
        for column in range(8):
            total, weights = torch.zeros(3), 0.0
            for r in range(max(0, row - radius), min(9, row + radius + 1)):
                for c in range(max(0, column - radius), min(8, column + radius + 1)):
                    away = (r - row) ** 2 + (c - column) ** 2
                    if away > radius**2:
                        continue
                    apart = (x[0, :, r, c] - x[0, :, row, column]).abs().sum()
                    weight = (-away / (2 * space**2) - apart**2 / (2 * colour**2)).exp()
                    total, weights = total + weight * x[0, :, r, c], weights + weight
            expected[0, :, row, column] = total / weights
    assert torch.allclose(smoothed(radius, colour, space)(x), expected, atol=1e-5)
