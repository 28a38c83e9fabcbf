"""The budget: exact projection, more room in texture."""

from __future__ import annotations

import pytest
import torch
from made_pictures import unit, waves

from daemon.shading.pixels import MOST
from daemon.shading.visibility.budget import MaskingBudget

STRENGTHS = [0.1, 1.0, 2.5, 100.0]


def picture(height: int = 24, width: int = 30) -> torch.Tensor:
    return unit(waves(height, width))


@pytest.mark.parametrize("strength", STRENGTHS)
def test_projection_is_within_the_caps_and_idempotent(strength: float) -> None:
    original = picture()
    budget = MaskingBudget(original)
    budget.strength = strength
    wild = original + torch.randn(original.shape, generator=torch.Generator().manual_seed(0)) * 0.1
    projected = budget.project(wild, original)
    assert ((projected - original).abs() <= budget.cap + 1e-7).all()
    assert budget.cap.max() <= MOST
    assert projected.min() >= 0
    assert projected.max() <= 1
    assert torch.equal(budget.project(projected, original), projected)


def test_what_is_within_stays() -> None:
    original = picture().clamp(0.2, 0.8)
    budget = MaskingBudget(original)
    near = original + 0.5 * budget.cap
    assert torch.equal(budget.project(near, original), near)
    assert torch.equal(budget.project(original, original), original)


def test_projection_is_the_nearest_there_is() -> None:
    original = picture().clamp(0.2, 0.8)
    budget = MaskingBudget(original)
    torch.testing.assert_close(budget.project(original + 1, original), original + budget.cap)
    torch.testing.assert_close(budget.project(original - 1, original), original - budget.cap)


def test_texture_gets_more_than_flat_colour() -> None:
    original = torch.full((1, 3, 40, 80), 0.5)
    original[..., 40:] += torch.randn(1, 1, 40, 40, generator=torch.Generator().manual_seed(0)) * 0.06
    cap = MaskingBudget(original).cap
    flat, texture = cap[..., 10:-10, 8:30], cap[..., 10:-10, 50:-8]
    assert texture.min() > flat.max()
    assert flat.min() > 0  # flat pictures can be shaded too


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 200)])
def test_any_size(size: tuple[int, int]) -> None:
    cap = MaskingBudget(picture(*size)).cap
    assert cap.shape == (1, 1, *size)
    assert torch.isfinite(cap).all()
    assert (cap > 0).all()


def test_strength_raises_every_cap() -> None:
    budget = MaskingBudget(picture())
    weak = budget.cap
    budget.strength = 1.2
    assert (budget.cap >= weak).all()
    assert (budget.cap > weak).any()
