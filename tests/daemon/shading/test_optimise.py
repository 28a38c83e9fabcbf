"""The loop: it comes nearer, stays within the budget, and stops when told."""

from __future__ import annotations

import pytest
import torch
from made_pictures import disc, unit, waves
from torch import Tensor

from daemon.shading.errors import Cancelled
from daemon.shading.optimise import optimise
from daemon.shading.views import View

SIZE = (12, 15)
STEPS = 30


class Toward:
    """Distance to a goal, relative to the start: quadratic. The second view sees every other column."""

    VIEWS = (View("all", lambda x: x), View("half", lambda x: x[..., ::2]))

    def __init__(self, original: Tensor, goal: Tensor) -> None:
        self.goal, self.start = goal, (original - goal).square().mean()
        self.drawn: list[str] = []

    def draw(self, generator: torch.Generator) -> View:
        view = self.VIEWS[int(torch.randint(0, 2, (1,), generator=generator))]
        self.drawn.append(view.name)
        return view

    def __call__(self, shaded: Tensor, view: View) -> Tensor:
        return view.apply(shaded - self.goal).square().mean() / self.start


class Capped:
    """The same cap and the same pace everywhere."""

    def __init__(self, cap: float) -> None:
        self.cap, self.pace = torch.full((1, 1, *SIZE), cap), torch.ones(1, 1, *SIZE)

    def project(self, shaded: Tensor, original: Tensor) -> Tensor:
        return torch.minimum(torch.maximum(shaded, original - self.cap), original + self.cap).clamp(0, 1)


class Seen:
    """Being seen costs the square of the change, in the left half only; ``allowed`` is its mean there."""

    def __init__(self, original: Tensor, allowed: float) -> None:
        self.original, self.allowed = original, allowed

    def __call__(self, shaded: Tensor) -> tuple[float, Tensor]:
        cost = (shaded - self.original)[..., : SIZE[1] // 2].square().mean()
        return float(cost.detach()) / self.allowed**2, cost


class Run:
    """One run of the loop with everything at hand that a test may want to look at."""

    def __init__(self, opacity: Tensor | None = None, cap: float = 0.05, stop_at: int = 0, seen: float = 1.0) -> None:
        self.original = unit(waves(*SIZE, 1))
        self.goal = (self.original + 0.1 * unit(waves(*SIZE, 2)) - 0.05).clamp(0, 1)
        self.opacity = torch.ones(1, 1, *SIZE) if opacity is None else opacity
        self.objective, self.budget = Toward(self.original, self.goal), Capped(cap)
        self.penalty, self.stop_at = Seen(self.original, seen), stop_at
        self.steps: list[int] = []
        self.distances: list[float] = []

    def on_step(self, step: int, distance: float) -> None:
        self.steps.append(step)
        self.distances.append(distance)
        if step == self.stop_at:
            raise Cancelled

    def __call__(self, seed: int = 0) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return optimise(
            self.original,
            self.opacity,
            self.objective,
            self.penalty,
            self.budget,
            steps=STEPS,
            generator=generator,
            on_step=self.on_step,
        )


def test_it_comes_nearer_within_the_budget() -> None:
    run = Run()
    change = run()
    shaded = run.original + change
    assert run.distances[0] == pytest.approx(1, abs=0.3)
    assert float((shaded - run.goal).square().mean() / run.objective.start) < 0.4
    assert change.abs().max() <= 0.05 + 1e-6
    assert shaded.min() >= -1e-6
    assert shaded.max() <= 1 + 1e-6
    assert run.steps == list(range(1, STEPS + 1))


def test_a_smaller_budget_gets_less_far() -> None:
    ends = []
    for cap in (0.02, 0.01, 0.005):
        run = Run(cap=cap)
        ends.append(float((run.original + run() - run.goal).square().mean()))
    assert ends == sorted(ends)
    assert ends[0] < ends[-1]


@pytest.mark.parametrize("stop_at", [1, 7, STEPS])
def test_what_on_step_raises_ends_it_at_once(stop_at: int) -> None:
    run = Run(stop_at=stop_at)
    with pytest.raises(Cancelled):
        run()
    assert run.steps == list(range(1, stop_at + 1))
    assert len(run.objective.drawn) == stop_at


def test_the_seed_decides_and_nothing_else() -> None:
    one, two, other = Run(), Run(), Run()
    assert torch.equal(one(3), two(3))
    assert not torch.equal(one(3), other(4))
    assert one.objective.drawn[:STEPS] == two.objective.drawn


def test_pixels_without_opacity_are_left_alone() -> None:
    opacity = torch.from_numpy(disc(*SIZE)).float().div(255)[None, None]
    change = Run(opacity=opacity)()
    hidden = (opacity == 0).expand_as(change)
    assert hidden.any()
    assert (change[hidden] == 0).all()
    assert (change[~hidden] != 0).any()


def test_the_callers_tensors_stay_as_they_are() -> None:
    run = Run()
    original, opacity = run.original.clone(), run.opacity.clone()
    run()
    assert torch.equal(run.original, original)
    assert torch.equal(run.opacity, opacity)


def test_what_is_seen_is_left_out_and_the_rest_goes_further() -> None:
    def halves(change: Tensor) -> tuple[float, float]:
        size = change.abs().mean((0, 1, 2))
        return float(size[: SIZE[1] // 2].mean()), float(size[SIZE[1] // 2 + 1 :].mean())

    free, watched = halves(Run(seen=1.0)()), halves(Run(seen=0.004)())
    assert watched[0] < 0.6 * free[0]
    assert watched[1] > watched[0]
