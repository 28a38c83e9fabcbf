"""Colour differences against the full formula of scikit-image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from made_pictures import ramp, unit, waves
from skimage.color import deltaE_ciede2000, rgb2lab

from daemon.shading.visibility.colour import (
    PATCH,
    SURCHARGE,
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
    assert smooth.mean() > 3 * textured.mean()
    assert float(textured.min()) >= 1
    assert float(smooth.max()) <= 1 + SURCHARGE


@pytest.mark.parametrize("size", [(1, 1), (5, 200), (64, 64), (130, 191)])
def test_any_size_and_no_gradient_is_infinite(size: tuple[int, int]) -> None:
    original = unit(waves(*size))[0]
    same = original.clone().requires_grad_()
    found = patch_means(difference(weights(original), same), PATCH)
    assert float(found.detach().max()) < 0.02
    (gradient,) = torch.autograd.grad(found.sum(), same)
    assert torch.isfinite(gradient).all()
