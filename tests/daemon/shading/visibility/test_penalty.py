"""The penalty: the metric's own points, and what the metric forgives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from made_pictures import unit, waves
from torch import Tensor
from torch.nn import functional as F

from daemon.shading.recipes import LIMITS
from daemon.shading.visibility.penalty import Penalty
from daemon.shading.visibility.ssimulacra2 import Ssimulacra2, of_tensor

DEFAULT = LIMITS["default"]


def noise(height: int, width: int, coarse: int = 1) -> Tensor:
    small = torch.randn(1, 3, height // coarse, width // coarse, generator=torch.Generator().manual_seed(0))
    return F.interpolate(small, (height, width), mode="bicubic", align_corners=False)


def test_its_points_are_the_metrics(coffee: np.ndarray) -> None:
    original = unit(coffee[:200, :240])
    shaded = (original + 3 / 255 * noise(200, 240)).clamp(0, 1)
    score = Ssimulacra2(of_tensor(original[0]), 200, 240)(of_tensor(shaded[0]))
    assert float(Penalty(original, DEFAULT).lost(shaded)) == pytest.approx(100 - score, abs=0.05)


def test_its_gradient_is_the_slope(coffee: np.ndarray) -> None:
    original = unit(coffee[:96, :96]).double()
    shaded = (original + 3 / 255 * noise(96, 96)).clamp(0.01, 0.99).double().requires_grad_()
    penalty = Penalty(original, DEFAULT)
    (gradient,) = torch.autograd.grad(penalty(shaded)[1], shaded)
    step = 1e-6 * noise(96, 96, 4).double()
    up, down = (float(penalty((shaded + sign * step).detach())[1]) for sign in (1, -1))
    assert float((gradient * step).sum()) == pytest.approx((up - down) / 2, rel=1e-3)


def test_more_is_seen_of_more(coffee: np.ndarray) -> None:
    original = unit(coffee[:128, :128])
    penalty = Penalty(original, DEFAULT)
    found = [penalty((original + size / 255 * noise(128, 128)).clamp(0, 1)) for size in (0.25, 1, 2, 4)]
    assert [used for used, _ in found] == sorted(used for used, _ in found)
    assert found[0][0] < 1 < found[-1][0]


def test_the_gentler_the_intensity_the_more_is_used(coffee: np.ndarray) -> None:
    original = unit(coffee[:128, :128])
    shaded = (original + 2 / 255 * noise(128, 128)).clamp(0, 1)
    used = [Penalty(original, limits)(shaded)[0] for limits in LIMITS.values()]
    assert used == sorted(used, reverse=True)


@pytest.mark.parametrize("reduction", [1.0, 2.11, 3.7, 8.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 300), (8, 8), (70, 33), (95, 160), (127, 351)])
def test_any_size(size: tuple[int, int], reduction: float) -> None:
    """Tiles are as many at every scale, wherever a last piece of one begins to count."""
    original = unit(waves(*size))
    shaded = (original + 0.01).clamp(0, 1).requires_grad_()
    used, cost = Penalty(original, DEFAULT, reduction)(shaded)
    assert 0 < used < 100
    (gradient,) = torch.autograd.grad(cost, shaded)
    assert torch.isfinite(gradient).all()
