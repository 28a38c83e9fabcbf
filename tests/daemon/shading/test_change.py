"""A change at the layer's size: bands and tiles leave no seam, and no value passes the most."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from daemon.shading.change import Enlarged, Strengthened
from daemon.shading.visibility.errors import TILE, tiles


def noise(height: int, width: int, strength: float = 0.02) -> Tensor:
    return torch.randn(3, height, width, generator=torch.Generator().manual_seed(0)) * strength


@pytest.mark.parametrize(
    ("source", "size"),
    [((1, 1), (5, 3)), ((7, 9), (7, 9)), ((7, 9), (7, 20)), ((5, 40), (17, 133)), ((33, 31), (90, 64))],
)
def test_enlarged_is_bicubic_and_its_bands_join(source: tuple[int, int], size: tuple[int, int]) -> None:
    change = noise(*source)[None]
    enlarged = Enlarged(change, *size)
    whole = enlarged.rows(0, size[0])
    torch.testing.assert_close(whole, F.interpolate(change, size, mode="bicubic")[0], atol=1e-6, rtol=1e-4)
    for rows in (1, 4):
        bands = [enlarged.rows(top, min(size[0], top + rows)) for top in range(0, size[0], rows)]
        torch.testing.assert_close(torch.cat(bands, 1), whole, atol=1e-6, rtol=0)


def strengths(height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return 0.5 + torch.rand(tiles(height), tiles(width), generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("size", [(1, 1), (200, 130), (256, 600), (700, 383)])
def test_each_tile_has_its_strength_and_there_is_no_seam(size: tuple[int, int]) -> None:
    plain = Enlarged(torch.full((1, 3, *size), 0.01), *size)
    strength = strengths(*size)
    field = Strengthened(plain, strength, 1.0).rows(0, size[0])[0] / 0.01
    for row in range(strength.shape[0]):
        for column in range(strength.shape[1]):
            middle = (
                min((row * TILE + min(size[0], (row + 1) * TILE)) // 2, size[0] - 1),
                min((column * TILE + min(size[1], (column + 1) * TILE)) // 2, size[1] - 1),
            )
            if (row + 1 < strength.shape[0] or row == 0) and (column + 1 < strength.shape[1] or column == 0):
                assert float(field[middle]) == pytest.approx(float(strength[row, column]), abs=0.01)
    steps = [field.diff(dim=dim).abs().max() for dim in (0, 1) if size[dim] > 1]
    assert all(step <= 1.0 / (TILE / 2) for step in steps)
    assert field.min() >= strength.min() - 1e-5
    assert field.max() <= strength.max() + 1e-5


def test_bands_of_strength_join() -> None:
    change, strength = Enlarged(noise(40, 50)[None], 600, 700), strengths(600, 700)
    strengthened = Strengthened(change, strength, 8 / 255)
    whole = strengthened.rows(0, 600)
    bands = [strengthened.rows(top, min(600, top + 90)) for top in range(0, 600, 90)]
    torch.testing.assert_close(torch.cat(bands, 1), whole, atol=1e-6, rtol=0)


def test_no_value_passes_the_most() -> None:
    change = Enlarged(noise(30, 30, 0.2)[None], 30, 30)
    rows = Strengthened(change, torch.full((1, 1), 3.0), 0.05).rows(0, 30)
    assert float(rows.abs().max()) == pytest.approx(0.05, abs=1e-6)
