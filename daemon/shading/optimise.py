"""The loop: move the picture toward the anchor in small steps and stay within the budget.

Sign descent with momentum (MI-FGSM, Dong et al., CVPR 2018): every pixel moves by the same share of its own cap, in
the direction that the gradients of the last steps agree on. Steps shrink linearly, as in the Nightshade reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from .views import View

MOMENTUM = 0.8
TRAVEL = 5.0  # how many caps a pixel could move over all steps if the sign never changed


class Objective(Protocol):
    """A distance seen through one of several views; lower is better."""

    def draw(self, generator: torch.Generator) -> View:
        """The view of the next step."""
        ...

    def __call__(self, shaded: Tensor, view: View) -> Tensor:
        """The distance, a scalar, of ``shaded`` (1, 3, h, w) in 0…1; differentiable in it."""
        ...


class Budget(Protocol):
    """How large the change may be; see ``visibility/budget.py``."""

    @property
    def cap(self) -> Tensor:
        """(1, 1, h, w): the most that any channel of a pixel may move, in 0…1."""
        ...

    def project(self, shaded: Tensor, original: Tensor) -> Tensor:
        """The picture within the budget around ``original`` that is nearest to ``shaded``, both (1, 3, h, w)."""
        ...


OnStep = Callable[[int, float, Tensor], None]  # (steps done, distance seen in this step, change so far)


def optimise(
    original: Tensor,
    opacity: Tensor,
    objective: Objective,
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
    change, velocity = torch.zeros_like(original), torch.zeros_like(original)
    for step in range(steps):
        view = objective.draw(generator)
        change.requires_grad_(True)
        distance = objective((original + opacity * change).clamp(0, 1), view)
        (gradient,) = torch.autograd.grad(distance, change)
        change = change.detach()
        velocity = MOMENTUM * velocity + gradient / gradient.abs().mean().clamp_min(1e-12)
        length = TRAVEL * 2 / steps * (1 - step / steps)
        moved = original + change - length * budget.cap * velocity.sign()
        change = budget.project(moved, original) - original
        on_step(step + 1, float(distance.detach()), change)
    return change
