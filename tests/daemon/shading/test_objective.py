"""The distance to the anchor: 1 at the start, 0 at the anchor, and a gradient that leads there."""

from __future__ import annotations

import pytest
import torch
from made_pictures import unit, waves
from torch import Tensor, nn

from daemon.shading import device, views
from daemon.shading.device import Device
from daemon.shading.encoders import embedded
from daemon.shading.encoders.surrogate import Surrogate
from daemon.shading.objective import TowardAnchor

EXACT = Device(torch.device("cpu"), torch.float32, "CPU (float32)")


def averaging() -> Surrogate:
    """A linear encoder: what is half of the way in the picture is half of the way in the latents."""
    return Surrogate("averaging", nn.AvgPool2d(8), 8, EXACT)


def real(on: Device = EXACT) -> Surrogate:
    return Surrogate("embedded", embedded.load(), 8, on)


@pytest.fixture
def original() -> Tensor:
    return unit(waves(40, 56, 1))


@pytest.fixture
def anchor() -> Tensor:
    return unit(waves(40, 56, 2))


@pytest.mark.parametrize("kind", ["averaging", "real", "real in the fastest dtype", "ensemble"])
def test_shift_is_0_at_the_start_and_1_at_the_anchor(kind: str, original: Tensor, anchor: Tensor) -> None:
    members = {
        "averaging": lambda: [averaging()],
        "real": lambda: [real()],
        "real in the fastest dtype": lambda: [real(device.cpu())],
        "ensemble": lambda: [averaging(), real()],
    }
    toward = TowardAnchor(members[kind](), views.REPORTED, original, anchor)
    starts, ends = (toward.shifts(x, views.REPORTED) for x in (original, anchor))
    for start, end in zip(starts, ends, strict=True):  # plain, then coarse
        assert list(start) == [view.name for view in views.REPORTED]
        assert start == pytest.approx(dict.fromkeys(start, 0.0), abs=1e-6)
        assert end == pytest.approx(dict.fromkeys(end, 1.0), abs=1e-6)


def test_half_of_the_way_is_half(original: Tensor, anchor: Tensor) -> None:
    toward = TowardAnchor([averaging()], (views.none(),), original, anchor)
    for share in (-0.5, 0.25, 0.5):
        shifts = toward.shifts(original + share * (anchor - original), (views.none(),))
        assert shifts.plain["none"] == pytest.approx(share, abs=1e-5)
        assert shifts.coarse["none"] == pytest.approx(share, abs=1e-5)


def test_what_cancels_out_nearby_is_no_coarse_shift() -> None:
    black, white = torch.zeros(1, 3, 64, 64), torch.ones(1, 3, 64, 64)
    toward = TowardAnchor([averaging()], (views.none(),), black, white)
    rows = torch.arange(64)[:, None] // 8  # of latents, of which the averaging encoder has one for 8 × 8 pixels
    stripes = ((rows % 2) * white).clamp(0, 1)
    shifts = toward.shifts(stripes, (views.none(),))
    assert shifts.coarse["none"] == pytest.approx(0.5, abs=1e-5)
    assert shifts.plain["none"] == pytest.approx(1 - 0.5**0.5, abs=1e-5)


def test_between_views_a_job_can_be_cancelled(original: Tensor, anchor: Tensor) -> None:
    beats = []
    toward = TowardAnchor([averaging()], views.REPORTED, original, anchor)
    toward.shifts(original, views.REPORTED, lambda: beats.append(1))
    assert len(beats) == len(views.REPORTED)


def test_an_ensemble_is_the_mean_of_its_members(original: Tensor, anchor: Tensor) -> None:
    moved = (original + 0.1 * (anchor - original)).clamp(0, 1)
    one, two, both = (
        TowardAnchor(members, views.REPORTED, original, anchor).shifts(moved, views.REPORTED).plain
        for members in ([averaging()], [real()], [averaging(), real()])
    )
    assert both == pytest.approx({name: (one[name] + two[name]) / 2 for name in one}, abs=1e-5)


@pytest.mark.parametrize("view", views.REPORTED, ids=lambda view: view.name)
def test_a_step_down_the_gradient_comes_nearer(view: views.View, original: Tensor, anchor: Tensor) -> None:
    toward = TowardAnchor([real()], views.REPORTED, original, anchor)
    x = original.clone().requires_grad_(True)
    distance = toward(x, view)
    (gradient,) = torch.autograd.grad(distance, x)
    assert distance.shape == ()
    with torch.no_grad():
        assert toward(original - 2 / 255 * gradient.sign(), view) < distance


def test_a_picture_that_is_the_anchor_gives_no_nan(original: Tensor) -> None:
    toward = TowardAnchor([real()], views.REPORTED, original, original)
    x = original.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(toward(x, views.none()), x)
    assert torch.isfinite(gradient).all()
    shifts = toward.shifts(original, views.REPORTED).plain
    assert shifts == pytest.approx(dict.fromkeys([view.name for view in views.REPORTED], 1.0))


def test_views_take_turns_by_weight_and_by_seed(original: Tensor, anchor: Tensor) -> None:
    def draws(seed: int) -> list[str]:
        kinds = views.none(3), views.shrunk(0.5), views.shrunk(0.75, 0.5)
        toward = TowardAnchor([averaging()], kinds, original, anchor)
        generator = torch.Generator().manual_seed(seed)
        return [toward.draw(generator).name for _ in range(900)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    counts = {"none": 600, "×0.5": 200, "×0.75": 100}
    assert {name: draws(1).count(name) for name in counts} == pytest.approx(counts, abs=1)
    assert {name: draws(1)[:9].count(name) for name in counts} == pytest.approx(
        {"none": 6, "×0.5": 2, "×0.75": 1}, abs=1
    )
