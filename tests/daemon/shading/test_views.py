"""The views: any size, values and gradients that make sense, and scaling as Pillow does it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from made_pictures import unit, waves
from PIL import Image

from daemon.shading import views
from daemon.shading.recipes import RECIPES
from daemon.shading.views import View

SETS = {**{name: recipe.views for name, recipe in RECIPES.items()}, "reported": views.REPORTED}
ALL: dict[str, View] = {view.name: view for every in SETS.values() for view in every}
SIZES = [(1, 1), (1, 9), (9, 1), (8, 8), (7, 131), (45, 64)]


@pytest.mark.parametrize("name", SETS)
def test_views_of_a_set_differ_and_can_be_drawn(name: str) -> None:
    names = [view.name for view in SETS[name]]
    assert len(names) == len(set(names))  # reports list them by name
    assert all(view.weight > 0 for view in SETS[name])


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ALL)
def test_any_size_gives_a_picture_and_a_gradient(name: str, size: tuple[int, int]) -> None:
    x = (unit(waves(*size)) * 0.8 + 0.1).requires_grad_(True)
    seen = ALL[name].apply(x)
    assert seen.shape[:2] == (1, 3)
    assert min(seen.shape[2:]) >= 1
    assert torch.isfinite(seen).all()
    assert seen.min() >= 0
    assert seen.max() <= 1
    (gradient,) = torch.autograd.grad(seen.sum(), x)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("name", ALL)
def test_a_flat_picture_stays_what_it_is(name: str) -> None:
    seen = ALL[name].apply(torch.full((1, 3, 40, 56), 128 / 255))
    assert (seen - 128 / 255).abs().max() < 1.5 / 255  # JPEG may round by one


def test_none_is_the_picture_itself() -> None:
    x = unit(waves(9, 11))
    assert torch.equal(views.none().apply(x), x)


@pytest.mark.parametrize("factor", [0.75, 0.5, 0.375])
def test_scaling_is_pillows_bicubic(factor: float, coffee: np.ndarray) -> None:
    rgb = coffee[:181, :240]
    seen = views.shrunk(factor).apply(unit(rgb))
    height, width = seen.shape[2:]
    assert (height, width) == (round(181 * factor), round(240 * factor))
    wanted = unit(np.array(Image.fromarray(rgb).resize((width, height), Image.Resampling.BICUBIC)))
    assert (seen - wanted).square().mean().sqrt() < 1 / 255


def test_cropping_cuts_above_and_left_but_not_from_tiny_pictures() -> None:
    x = unit(waves(60, 50))
    assert torch.equal(views.cropped(x, 5, 3), x[..., 5:, 3:])
    tiny = unit(waves(40, 24))
    assert torch.equal(views.cropped(tiny, 5, 3), tiny)


def test_shrunk_and_cropped_moves_the_grid() -> None:
    x = unit(waves(100, 120))
    assert torch.equal(views.shrunk_and_cropped(0.5, 3, 5).apply(x), views.scaled(0.5)(x)[..., 3:, 5:])
