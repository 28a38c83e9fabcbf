"""The reference method, for comparison only: what Nightshade's research code does, on an encoder it knows.

Shan et al. (IEEE S&P 2024) as released: minimise ‖E(x + δ) − E(a)‖₂ by sign steps that fall linearly from ε to ε/100,
‖δ‖∞ ≤ ε, one anchor a for the whole set. The code takes 500 steps.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tests.proof.data import unit
from tests.proof.latents import Space


def attack(space: Space, pictures: Tensor, anchor: Tensor, epsilon: float, steps: int) -> Tensor:
    """Pictures (N, 3, h, w) uint8 moved toward the anchor (3, h, w) uint8; ``epsilon`` in levels of 255."""
    original, limit = unit(pictures).to(space.device), epsilon / 255
    with torch.no_grad():
        goal = space.encode(unit(anchor)[None])
    change = torch.zeros_like(original)
    for step in range(steps):
        change.requires_grad_(True)
        distance = (space.encode((original + change).clamp(0, 1)) - goal).flatten(1).norm(dim=1).sum()
        (gradient,) = torch.autograd.grad(distance, change)
        length = limit * (1 - 0.99 * step / max(1, steps - 1))
        change = (change.detach() - length * gradient.sign()).clamp(-limit, limit)
    return ((original + change).clamp(0, 1) * 255).round().byte().cpu()
