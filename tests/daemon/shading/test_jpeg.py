"""The differentiable JPEG against the real one, which Pillow brings."""

from __future__ import annotations

from collections.abc import Callable

import made_pictures
import numpy as np
import pytest
import torch
from made_pictures import unit, waves

from daemon.shading.jpeg import jpeg


def rms(one: torch.Tensor, two: torch.Tensor) -> float:
    """In levels of 255."""
    return float((one - two).square().mean().sqrt()) * 255


@pytest.mark.parametrize("quality", [95, 90, 75, 50, 30])
@pytest.mark.parametrize("name", ["coffee.png", "astronaut.png"])
def test_close_to_libjpeg(name: str, quality: int, photograph: Callable[[str], np.ndarray]) -> None:
    rgb = photograph(name)[:187, :250]  # no multiples of 16
    real, ours = unit(made_pictures.jpeg(rgb, quality)), jpeg(unit(rgb), quality)
    assert ours.shape == real.shape
    assert rms(ours, real) < 2  # libjpeg rounds between its stages, which moves coefficients across a step now and then
    assert rms(ours, real) < 0.6 * rms(real, unit(rgb))


@pytest.mark.parametrize("quality", [90, 75])
def test_close_to_libjpeg_on_the_change_itself(quality: int, coffee: np.ndarray) -> None:
    """What JPEG leaves of a small change is what the optimisation needs to know."""
    rgb = coffee[:160, :208]
    change = np.random.default_rng(0).integers(-6, 7, (20, 26, 3)).repeat(8, 0).repeat(8, 1)
    shaded = (rgb.astype(int) + change).clip(0, 255).astype(np.uint8)
    real = unit(made_pictures.jpeg(shaded, quality)) - unit(made_pictures.jpeg(rgb, quality))
    ours = jpeg(unit(shaded), quality) - jpeg(unit(rgb), quality)
    similarity = torch.cosine_similarity(real.flatten(), ours.flatten(), 0)
    assert similarity > 0.8


def test_lower_quality_loses_more(coffee: np.ndarray) -> None:
    x = unit(coffee[:128, :128])
    lost = [rms(jpeg(x, quality), x) for quality in (100, 95, 75, 50, 20, 5)]
    assert lost == sorted(lost)


def test_the_result_has_eight_bits() -> None:
    levels = jpeg(unit(waves(33, 47)), 75) * 255
    assert (levels - levels.round()).abs().max() < 1e-3


def test_the_gradient_points_the_way_the_picture_moves(coffee: np.ndarray) -> None:
    x = unit(coffee[:64, :96]).clamp(0.1, 0.9)
    direction = torch.randn(1, 3, 4, 6, generator=torch.Generator().manual_seed(0)).repeat_interleave(16, 2)
    direction = direction.repeat_interleave(16, 3)
    x.requires_grad_(True)
    (gradient,) = torch.autograd.grad((jpeg(x, 75) * direction).sum(), x)
    with torch.no_grad():
        real = ((jpeg(x + 0.02 * direction, 75) - jpeg(x, 75)) * direction).sum() / 0.02
    assert float((gradient * direction).sum()) == pytest.approx(float(real), rel=0.1)


def test_a_batch_is_what_its_pictures_are() -> None:
    one, two = unit(waves(20, 28, 1)), unit(waves(20, 28, 2))
    both = jpeg(torch.cat([one, two]), 60)
    torch.testing.assert_close(both, torch.cat([jpeg(one, 60), jpeg(two, 60)]), atol=1.01 / 255, rtol=0)
