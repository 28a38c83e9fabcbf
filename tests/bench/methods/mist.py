"""Mist's textural loss (Liang and Wu 2023), for comparison, by the figures of its published code as remembered.

Projected sign descent on ‖E(x + δ) − E(m)‖² toward a picture m of a busy texture: steps of 1/255, 100 of them,
‖δ‖∞ ≤ 8/255 (its 16, in −1…1). Its m is a picture of its own; here a texture like it is drawn. So this method doesn't
pull toward the target that the judges measure the way to; it is here for what it does to readers, and as a baseline.
"""

from __future__ import annotations

import math

import torch
from PIL import Image
from torch import Tensor

from . import Setting
from .latents import Pull, at_work_size, surrogates
from .scaled import Change, Direction

EPSILON = 8 / 255
STEP = 1 / 255
PERIOD = 64  # pixels


def texture(height: int, width: int) -> Tensor:
    """(1, 3, height, width) in 0…1: a tiled pattern of rings and bars with full contrast."""
    y, x = torch.meshgrid(torch.arange(height) / PERIOD, torch.arange(width) / PERIOD, indexing="ij")
    rings = ((y.frac() - 0.5).square() + (x.frac() - 0.5).square()).sqrt() * 8
    bars = (y - x) * 4
    pattern = torch.where(rings < 3, rings, bars).mul(math.tau).sin().sign() / 2 + 0.5
    return pattern.expand(1, 3, height, width).contiguous()


def direction(setting: Setting) -> Direction:
    """The change after ``setting.steps`` steps."""

    def attack(x: Tensor, anchor: Tensor) -> Tensor:
        goal = texture(*x.shape[-2:])
        pull, change = Pull(surrogates(setting.encoders), x, goal, power=2), torch.zeros_like(x)
        for _ in range(setting.steps):
            change = (change - STEP * pull.gradient(x, change).sign()).clamp(-EPSILON, EPSILON)
        return change

    def change(picture: Image.Image, target: str, floor: float) -> Change:
        return at_work_size(picture, target, attack)

    return change
