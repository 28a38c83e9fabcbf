"""Colour differences against the full formula of scikit-image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from made_pictures import ramp, unit, waves
from skimage.color import deltaE_ciede2000, rgb2lab
from torch import Tensor
from torch.nn import functional as F

from daemon.shading.visibility.colour import (
    GRAIN,
    PATCH,
    Colours,
    difference,
    patch_means,
    sensitivity,
    to_lab,
    weights,
)


def changed(rgb: np.ndarray, levels: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, levels, rgb.shape)
    return (rgb + noise).round().clip(0, 255).astype(np.uint8)


def in_full(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.asarray(deltaE_ciede2000(rgb2lab(one), rgb2lab(two)))


def test_lab_is_the_standards(astronaut: np.ndarray) -> None:
    rgb = astronaut[::4, ::4]
    ours = to_lab(unit(rgb)[0]).permute(1, 2, 0).numpy()
    assert ours == pytest.approx(rgb2lab(rgb), abs=0.05)


@pytest.mark.parametrize(("name", "above"), [("astronaut.png", 0.1), ("coffee.png", 0.1), ("rocket.jpg", 0.3)])
@pytest.mark.parametrize("levels", [1, 4])
def test_patches_are_near_the_full_formula_and_never_far_below(
    name: str, above: float, levels: float, photograph: Callable[[str], np.ndarray]
) -> None:
    """The rocket's evening sky is the saturated blue whose term is left out."""
    before = photograph(name)[:256, :320]
    after = changed(before, levels)
    ours = patch_means(difference(weights(unit(before)[0]), unit(after)[0]), PATCH)
    full = patch_means(torch.from_numpy(in_full(before, after)), PATCH)
    assert ours.shape == (4, 5)
    ratio = (ours / full).numpy()
    assert ratio.min() > 0.93
    assert ratio.max() < 1 + above


def test_some_pixels_stand_for_all(coffee: np.ndarray) -> None:
    before, after = (unit(x)[0] for x in (coffee[:192, :256], changed(coffee[:192, :256], 3)))
    every, some = (
        patch_means(difference(weights(before[:, ::n, ::n]), after[:, ::n, ::n]), PATCH // n) for n in (1, 4)
    )
    assert every.shape == some.shape == (3, 4)
    assert some.numpy() == pytest.approx(every.numpy(), rel=0.15)


def test_smooth_colour_counts_more_than_texture() -> None:
    sky, noise = ramp(64, 512), changed(np.full((64, 512, 3), 128, np.uint8), 30)
    smooth, textured = (sensitivity(unit(picture)[0]) for picture in (sky, noise))
    assert smooth.shape == (64, 512)
    assert smooth.mean() > 2 * textured.mean()
    assert float(textured.min()) >= 1
    assert float(smooth.max()) <= 1 + GRAIN


def waved(coarse: int) -> Tensor:
    """(3, 128, 128) of noise with a root mean square of one level, in squares of so many pixels."""
    rough = torch.randn(1, 1, 128 // coarse, 128 // coarse, generator=torch.Generator().manual_seed(0))
    wide = F.interpolate(rough, scale_factor=coarse)[0].expand(3, -1, -1)
    return wide / wide.square().mean().sqrt() / 255


def test_lines_and_blotches_on_smooth_colour_show_more_than_grain_and_more_than_in_texture() -> None:
    smooth, textured = unit(ramp(128, 128))[0], unit(changed(np.full((128, 128, 3), 128, np.uint8), 30))[0]

    def seen(original: Tensor, coarse: int) -> float:
        return float(Colours(original)(original + waved(coarse)).mean())

    assert seen(smooth, 8) > 1.7 * seen(smooth, 1)
    assert seen(smooth, 8) > 3 * seen(textured, 8)


def test_one_blotch_shows_however_quiet_the_patch() -> None:
    original = unit(ramp(64, 64))[0]
    spread, blotch = torch.zeros(3, 64, 64), torch.zeros(3, 64, 64)
    spread[:, ::2, ::2], blotch[:, 24:32, 24:32] = 1 / 255, 4 / 255
    assert float(Colours(original)(original + blotch)) > 2 * float(Colours(original)(original + spread))


@pytest.mark.parametrize("size", [(1, 1), (3, 9), (5, 200), (64, 64), (127, 191), (125, 130)])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_patches_are_as_many_whatever_counts(size: tuple[int, int], stride: int) -> None:
    original = unit(waves(*size))[0]
    found = Colours(original, stride=stride)(original)
    assert found.shape == patch_means(torch.ones(size)[::stride, ::stride], PATCH // stride).shape
    assert float(found.max()) < 0.2


@pytest.mark.parametrize("size", [(1, 1), (5, 200), (64, 64), (130, 191)])
def test_any_size_and_no_gradient_is_infinite(size: tuple[int, int]) -> None:
    original = unit(waves(*size))[0]
    same = original.clone().requires_grad_()
    found = patch_means(difference(weights(original), same), PATCH)
    assert float(found.detach().max()) < 0.02
    (gradient,) = torch.autograd.grad(found.sum(), same)
    assert torch.isfinite(gradient).all()
