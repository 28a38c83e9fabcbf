"""What the peers' methods share: encoders with the anchor's latents, and the size that they work at."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from daemon.shading import anchors, concepts, device
from daemon.shading.encoders.registry import load
from daemon.shading.encoders.surrogate import Surrogate
from daemon.shading.encoders.table import default

from .scaled import Change, unit

LARGEST = 768  # pixels on the shorter side; larger pictures are attacked at …
PUBLISHED = 512  # … this size, as the published codes do, and their change is enlarged
STANDARD_SIDE = 256


def _photographs() -> Iterator[Tensor]:
    for name in concepts.PHOTOGRAPHS:
        yield anchors.of_target(name).covering(STANDARD_SIDE, STANDARD_SIDE)


@functools.cache
def surrogate(name: str) -> Surrogate:
    """An encoder by its name or absolute path, standardised as the product does it."""
    return load(name, device.pick(), _photographs)


def surrogates(names: Sequence[str]) -> list[Surrogate]:
    """Those of a setting; none named: the product's own choice."""
    return [surrogate(name) for name in names or default()]


Attack = Callable[[Tensor, Tensor], Tensor]
"""(picture, anchor), both (1, 3, h, w) in 0…1 → change of the same shape."""


def at_work_size(picture: Image.Image, target: str, attack: Attack) -> Change:
    """The attack's change for a picture over white."""
    began = time.process_time()
    x = unit(picture)[None]
    height, width = x.shape[-2:]
    if min(height, width) > LARGEST:
        scale = PUBLISHED / min(height, width)
        size = (round(height * scale), round(width * scale))
        x = F.interpolate(x, size, mode="bicubic", antialias=True).clamp(0, 1)
    change = attack(x, anchors.of_target(target).covering(*x.shape[-2:]))
    if change.shape[-2:] != (height, width):
        change = F.interpolate(change, (height, width), mode="bicubic")
    levels = change[0].permute(1, 2, 0).float().cpu().numpy() * 255
    return Change(levels, time.process_time() - began)


class Pull:
    """The distance to one picture's latents, summed over encoders, each relative to where it began."""

    def __init__(self, encoders: Sequence[Surrogate], original: Tensor, goal: Tensor, power: int = 1) -> None:
        """``power`` 2 takes squares, as some of the published losses do."""
        self.encoders, self.power = encoders, power
        with torch.no_grad():
            self._goals = [encoder.encode(goal) for encoder in encoders]
            self._starts = [
                (encoder.encode(original) - aim).norm().clamp_min(1e-6)
                for encoder, aim in zip(encoders, self._goals, strict=True)
            ]

    def gradient(self, x: Tensor, change: Tensor) -> Tensor:
        """Of the distance at ``x + change``, by the change."""
        change = change.detach().requires_grad_(True)
        seen = (x + change).clamp(0, 1)
        parts = [
            ((encoder.encode(seen) - aim).norm() / start) ** self.power
            for encoder, aim, start in zip(self.encoders, self._goals, self._starts, strict=True)
        ]
        (gradient,) = torch.autograd.grad(torch.stack(parts).sum(), change)
        return gradient
