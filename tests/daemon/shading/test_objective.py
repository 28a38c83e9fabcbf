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
from daemon.shading.objective import Finish, TowardAnchor, shares

EXACT = Device(torch.device("cpu"), torch.float32, "CPU (float32)")


def averaging(name: str = "averaging", weight: float = 1.0) -> Surrogate:
    """A linear encoder: what is half of the way in the picture is half of the way in the latents."""
    return Surrogate(name, nn.AvgPool2d(8), 8, EXACT, weight)


def ensemble(*weights: float) -> list[Surrogate]:
    """Averaging encoders called a, b, c …"""
    return [averaging(name, weight) for name, weight in zip("abcdefgh", weights, strict=False)]


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
    look = toward.whole(view)
    distance = toward(x, look)
    (gradient,) = torch.autograd.grad(distance, x)
    assert distance.shape == ()
    with torch.no_grad():
        assert toward(original - 2 / 255 * gradient.sign(), look) < distance


def test_a_picture_that_is_the_anchor_gives_no_nan(original: Tensor) -> None:
    toward = TowardAnchor([real()], views.REPORTED, original, original)
    x = original.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(toward(x, toward.whole(views.none())), x)
    assert torch.isfinite(gradient).all()
    shifts = toward.shifts(original, views.REPORTED).plain
    assert shifts == pytest.approx(dict.fromkeys([view.name for view in views.REPORTED], 1.0))


def test_views_take_turns_by_weight_and_by_seed(original: Tensor, anchor: Tensor) -> None:
    def draws(seed: int) -> list[str]:
        kinds = views.none(3), views.shrunk(0.5), views.shrunk(0.75, 0.5)
        toward = TowardAnchor([averaging()], kinds, original, anchor)
        generator = torch.Generator().manual_seed(seed)
        return [toward.draw(generator).view.name for _ in range(900)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    counts = {"none": 600, "×0.5": 200, "×0.75": 100}
    assert {name: draws(1).count(name) for name in counts} == pytest.approx(counts, abs=1)
    assert {name: draws(1)[:9].count(name) for name in counts} == pytest.approx(
        {"none": 6, "×0.5": 2, "×0.75": 1}, abs=1
    )


@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_weights_decide_how_much_one_counts(weight: float, original: Tensor, anchor: Tensor) -> None:
    moved = (original + 0.1 * (anchor - original)).clamp(0, 1)
    heavy = real()
    heavy.weight = weight
    one, two, both = (
        TowardAnchor(members, views.REPORTED, original, anchor).shifts(moved, views.REPORTED).plain
        for members in ([averaging()], [heavy], [averaging(), heavy])
    )
    expected = {name: (one[name] + weight * two[name]) / (1 + weight) for name in one}
    assert both == pytest.approx(expected, abs=1e-5)


def looks(members: list[Surrogate], original: Tensor, anchor: Tensor, count: int, seed: int = 1) -> list[list[str]]:
    """The names of those who look at each of so many steps."""
    toward = TowardAnchor(members, views.REPORTED, original, anchor)
    generator = torch.Generator().manual_seed(seed)
    return [[seer.name for seer in toward.draw(generator).surrogates] for _ in range(count)]


def test_up_to_two_surrogates_look_at_every_step(original: Tensor, anchor: Tensor) -> None:
    """And take nothing from the generator, so that the views are the same as with one."""
    for members in (ensemble(1), ensemble(1, 5)):
        assert looks(members, original, anchor, 5) == [[member.name for member in members]] * 5
        drawn, alone = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
        TowardAnchor(members, views.REPORTED, original, anchor).draw(drawn)
        torch.rand(len(views.REPORTED), generator=alone)
        assert torch.equal(drawn.get_state(), alone.get_state())


@pytest.mark.parametrize(
    ("weights", "often"),
    [
        ((1, 1, 1), (600, 600, 600)),
        ((2, 1, 1, 1, 1), (600, 300, 300, 300, 300)),
        ((100, 1, 3), (900, 225, 675)),  # at every step, but not twice at one
        ((1,) * 8, (225,) * 8),
    ],
)
def test_of_more_two_take_turns_by_weight(
    weights: tuple[float, ...], often: tuple[int, ...], original: Tensor, anchor: Tensor
) -> None:
    members = ensemble(*weights)
    seen = looks(members, original, anchor, 900)
    assert {len(set(names)) for names in seen} == {2}
    counts = [sum(member.name in names for names in seen) for member in members]
    assert counts == pytest.approx(list(often), abs=3)
    assert seen == looks(members, original, anchor, 900)
    assert seen != looks(members, original, anchor, 900, seed=2)
    if weights == (1, 1, 1):  # few steps leave nobody out
        assert all(sum(name in names for names in seen[:6]) >= 3 for name in "abc")


def test_slow_ones_see_the_last_steps_in_turns(original: Tensor, anchor: Tensor) -> None:
    members, slow = ensemble(1, 1, 1), (averaging("slow"), averaging("slower"))
    toward = TowardAnchor(members, views.REPORTED, original, anchor, finish=Finish(slow, 10))
    generator = torch.Generator().manual_seed(0)
    seen = [{surrogate.name for surrogate in toward.draw(generator).surrogates} for _ in range(16)]
    assert seen[:10] == [set(names) for names in looks(members, original, anchor, 10, seed=0)]
    assert all(len(names) == 1 and names < {"slow", "slower"} for names in seen[10:])
    assert {name for names in seen[10:12] for name in names} == {"slow", "slower"}


def test_shares_are_never_more_than_always() -> None:
    assert shares([1, 1, 1, 1], 2).tolist() == pytest.approx([0.5] * 4)
    assert shares([6, 6, 1, 1], 2).tolist() == pytest.approx([6 / 7, 6 / 7, 1 / 7, 1 / 7])
    assert shares([50, 30, 1, 1], 3).tolist() == pytest.approx([1, 1, 0.5, 0.5])
    assert shares([1, 9], 2).tolist() == [1, 1]


def linear(name: str, weight: float, seed: int) -> Surrogate:
    torch.manual_seed(seed)
    return Surrogate(name, nn.Conv2d(3, 6, 8, 8), 8, EXACT, weight)


class OneColour(nn.Module):
    """Sees red, green or blue and nothing else."""

    def __init__(self, channel: int) -> None:
        super().__init__()
        self.channel = channel

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(x[:, self.channel : self.channel + 1], 8)


@pytest.mark.parametrize("weights", [(1, 1, 1), (1, 2, 3), (8, 1, 1)])
def test_in_the_long_run_steps_see_what_the_report_says(
    weights: tuple[float, ...], original: Tensor, anchor: Tensor
) -> None:
    members = [Surrogate(f"{index}", OneColour(index), 8, EXACT, weight) for index, weight in enumerate(weights)]
    moved = original + torch.tensor([0.1, 0.4, 0.7])[:, None, None] * (anchor - original)
    toward = TowardAnchor(members, (views.none(),), original, anchor)
    generator = torch.Generator().manual_seed(0)
    steps = [float(toward(moved, toward.draw(generator))) for _ in range(400)]
    assert max(steps) - min(steps) > 0.05
    expected = sum(weight * share for weight, share in zip(weights, (0.1, 0.4, 0.7), strict=True)) / sum(weights)
    assert toward.shifts(moved, (views.none(),)).plain["none"] == pytest.approx(expected, abs=1e-4)
    assert 1 - sum(steps) / len(steps) == pytest.approx(expected, abs=0.003)


def test_everybody_comes_nearer_though_only_two_look_at_a_step(original: Tensor, anchor: Tensor) -> None:
    members = [linear(name, 1, seed) for seed, name in enumerate("abc")]
    toward = TowardAnchor(members, views.REPORTED, original, anchor)
    generator, x = torch.Generator().manual_seed(0), original.clone()
    for _ in range(24):
        x.requires_grad_(True)
        (gradient,) = torch.autograd.grad(toward(x, toward.draw(generator)), x)
        x = (x - 2 / 255 * gradient.sign()).detach().clamp(0, 1)
    for member in members:
        alone = TowardAnchor([member], views.REPORTED, original, anchor)
        assert min(alone.shifts(x, views.REPORTED).plain.values()) > 0.1
