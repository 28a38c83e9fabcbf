"""The budget: exact projection, gray stays gray, longer steps in texture."""

from __future__ import annotations

import pytest
import torch
from made_pictures import unit, waves

from daemon.shading.visibility.budget import MaskingBudget

MOST = 8 / 255


def picture(height: int = 24, width: int = 30) -> torch.Tensor:
    return unit(waves(height, width))


def wild(original: torch.Tensor) -> torch.Tensor:
    return original + torch.randn(original.shape, generator=torch.Generator().manual_seed(0)) * 0.1


@pytest.mark.parametrize("most", [2 / 255, MOST, 16 / 255])
def test_projection_is_within_the_most_and_idempotent(most: float) -> None:
    original = picture()
    budget = MaskingBudget(original, most)
    projected = budget.project(wild(original), original)
    assert ((projected - original).abs() <= most + 1e-7).all()
    assert ((projected - original).abs() > 0.9 * most).any()
    assert projected.min() >= 0
    assert projected.max() <= 1
    assert torch.equal(budget.project(projected, original), projected)


def test_what_is_within_stays() -> None:
    original = picture().clamp(0.2, 0.8)
    budget = MaskingBudget(original, MOST)
    near = original + 0.5 * MOST
    assert torch.equal(budget.project(near, original), near)
    assert torch.equal(budget.project(original, original), original)


def test_gray_ink_stays_gray_beside_colour() -> None:
    original = torch.ones(1, 3, 40, 80)
    original[..., 10:14, :] = 0.1  # a line of ink, on paper
    original[:, 0, :, 40:] = 0.4  # and on red
    budget = MaskingBudget(original, MOST)
    change = budget.project(wild(original), original) - original
    spread = (change - change.mean(1, keepdim=True)).abs().amax(1)
    assert spread[..., :36].max() < 1e-6
    assert spread[..., 44:].max() > 1e-3
    assert change[..., 12, :36].abs().max() > 0


def test_steps_are_longer_in_texture_and_one_on_average() -> None:
    original = torch.full((1, 3, 40, 80), 0.5)
    original[..., 40:] += torch.randn(1, 1, 40, 40, generator=torch.Generator().manual_seed(0)) * 0.06
    pace = MaskingBudget(original, MOST).pace
    flat, texture = pace[..., 10:-10, 8:30], pace[..., 10:-10, 50:-8]
    assert texture.min() > flat.max()
    assert flat.min() > 0  # smooth pictures can be shaded too
    assert float(pace.mean()) == pytest.approx(1)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 200)])
def test_any_size(size: tuple[int, int]) -> None:
    pace = MaskingBudget(picture(*size), MOST).pace
    assert pace.shape == (1, 1, *size)
    assert torch.isfinite(pace).all()
    assert (pace > 0).all()
