"""What Nightshade's research code does, for comparison: Shan et al., IEEE S&P 2024, as released.

It minimises ‖E(x + δ) − E(a)‖₂ by sign steps that fall linearly from ε to ε/100, ‖δ‖∞ ≤ ε = 10.2/255, one anchor a. The
code takes 500 steps and the encoder of one model. Here the encoders are the bench's, their latents standardised, and
several are added, each relative to where it began.
"""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from . import Setting
from .latents import Pull, at_work_size, surrogates
from .scaled import Change, Direction

EPSILON = 10.2 / 255


def direction(setting: Setting) -> Direction:
    """The change after ``setting.steps`` steps."""

    def attack(x: Tensor, anchor: Tensor) -> Tensor:
        pull, change = Pull(surrogates(setting.encoders), x, anchor), torch.zeros_like(x)
        for step in range(setting.steps):
            length = EPSILON * (1 - 0.99 * step / max(1, setting.steps - 1))
            change = (change - length * pull.gradient(x, change).sign()).clamp(-EPSILON, EPSILON)
        return change

    def change(picture: Image.Image, target: str, floor: float) -> Change:
        return at_work_size(picture, target, attack)

    return change
