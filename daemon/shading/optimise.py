"""The loop: move the picture toward the anchor in small steps that are hard to see.

Sign descent with momentum (MI-FGSM, Dong et al., CVPR 2018), with what the change costs in visibility as a second
force: the closer it is to what is allowed, the more its gradient weighs against the distance's. So a step goes where it
is not seen, rather than everywhere by the same amount. Steps begin small and shrink slowly: large ones leave noise on
smooth colour that the few left can't take back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import torch
from torch import Tensor

MOMENTUM = 0.6
TRAVEL = 6 / 255  # how far a value could move over all steps if the sign never changed and nothing was in haste
DECLINE = 0.5  # power of the steps left that their length goes with: late steps must not be lost, nor too coarse
STRONGEST = 6.0  # times the distance's gradient: what the visibility's weighs at most
EARLY = 2.2  # what is allowed is used up when 1 / EARLY of the steps are done
HASTE, SLOWEST, FASTEST = 0.3, 0.6, 1.8  # how quickly steps grow or shrink toward that; bounds of one change
LONGEST = 3.0  # times the length that TRAVEL gives: longer steps only overshoot


Look = TypeVar("Look")  # whatever an objective draws for a step; the loop only hands it back


class Objective(Protocol[Look]):
    """A distance that can be looked at in several ways; lower is better."""

    def draw(self, generator: torch.Generator) -> Look:
        """How the next step looks."""
        ...

    def __call__(self, shaded: Tensor, look: Look, /) -> Tensor:
        """The distance, a scalar, of ``shaded`` (1, 3, h, w) in 0…1; differentiable in it."""
        ...


class Penalty(Protocol):
    """What being seen costs; see ``visibility/penalty.py``."""

    def __call__(self, shaded: Tensor) -> tuple[float, Tensor]:
        """(share of what is allowed that is used, a differentiable scalar that falls where ``shaded`` is seen less)."""
        ...


class Budget(Protocol):
    """What holds in any case; see ``visibility/budget.py``."""

    @property
    def pace(self) -> Tensor:
        """(1, 1, h, w), 1 on average: how long steps are at each pixel."""
        ...

    def project(self, shaded: Tensor, original: Tensor) -> Tensor:
        """The picture within the budget around ``original`` that is nearest to ``shaded``, both (1, 3, h, w)."""
        ...


OnStep = Callable[[int, float], None]  # (steps done, distance seen in this step)


def optimise(
    original: Tensor,
    opacity: Tensor,
    objective: Objective[Look],
    penalty: Penalty,
    budget: Budget,
    *,
    steps: int,
    generator: torch.Generator,
    on_step: OnStep,
) -> Tensor:
    """The change δ (1, 3, h, w) for ``original`` (1, 3, h, w) in 0…1, where ``opacity`` (1, 1, h, w) of it is seen.

    ``on_step`` is called after each step; whatever it raises (``Cancelled``) ends the loop, and that is all there is to
    cancelling. The same arguments and generator state give the same result on one device.
    """
    change, velocity, haste = torch.zeros_like(original), torch.zeros_like(original), 1.0
    for step in range(steps):
        look = objective.draw(generator)
        shaded = (original + opacity * change).clamp_(0, 1).requires_grad_()
        distance = objective(shaded, look)
        (gradient,) = torch.autograd.grad(distance, shaded)
        velocity = MOMENTUM * velocity + _unit(gradient * opacity)
        direction = velocity
        if step:  # there is nothing to be seen before
            used, cost = penalty(shaded)
            (against,) = torch.autograd.grad(cost, shaded)
            gathered = (1 - MOMENTUM ** (step + 1)) / (1 - MOMENTUM)  # how large the velocity has become by now
            direction = velocity + _unit(against * opacity) * min(STRONGEST, used**2) * gathered
            wanted = min(1.0, EARLY * (step + 1) / steps)
            haste = min(LONGEST, haste * min(FASTEST, max(SLOWEST, (wanted / max(used, 1e-2)) ** HASTE)))
        length = haste * TRAVEL * (1 + DECLINE) / steps * (1 - step / steps) ** DECLINE
        change = budget.project(original + change - length * budget.pace * direction.sign(), original) - original
        on_step(step + 1, float(distance.detach()))
    return change


def _unit(gradient: Tensor) -> Tensor:
    """The gradient, its mean magnitude 1."""
    return gradient / gradient.abs().mean().clamp_min(1e-12)
