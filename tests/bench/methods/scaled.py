"""A change of any method, made as strong as one SSIMULACRA2 allows: the same search for all of them.

The search is a bisection over the strength. The score is that of the independent SSIMULACRA2 over white, on the result
rounded to 8 bits: the product's own leaves out what hardly ever counts, and since the product's loop works against its
own metric, that is where its change may hide. Values are rounded up or down by chance (the same for all methods), so
that half a level stays half a level on average.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from daemon.shading.visibility.ssimulacra2 import Ssimulacra2, of_tensor
from tests.bench import jury

from . import Shaded


class Change(NamedTuple):
    """What a method adds to red, green and blue, (H, W, 3) in levels of 255, and the processor's seconds it took."""

    levels: np.ndarray
    seconds: float


Direction = Callable[[Image.Image, str, float], Change]
"""(picture, target, floor) → change. The floor is only a hint."""

WEAKEST, STRONGEST = 2.0**-6, 4.0
TRIES = 10
SMALLEST = 225  # pixels on the shorter side: below, the independent SSIMULACRA2 misreads its weights
MOST_CHANCE = 1 - 2.0**-12  # a float of 32 bits would round the largest up to 1, and so move what has no change


def over_white(picture: Image.Image) -> np.ndarray:
    """(H, W, 3) in 0…255, float32, not rounded: RGBA laid over white."""
    pixels = np.asarray(picture, np.float32)
    if picture.mode != "RGBA":
        return pixels
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + 255 * (1 - alpha)


def opaque(picture: Image.Image) -> Image.Image:
    """In RGB, over white."""
    return Image.fromarray(over_white(picture).round().astype(np.uint8)) if picture.mode == "RGBA" else picture


def unit(picture: Image.Image) -> Tensor:
    """(3, H, W) in 0…1 over white."""
    return torch.from_numpy(np.ascontiguousarray(over_white(picture).transpose(2, 0, 1))) / 255


def scorer(picture: Image.Image) -> Callable[[Image.Image], float]:
    """What gives the SSIMULACRA2 of changed versions of the picture, over white, by the product's implementation."""
    metric = Ssimulacra2(of_tensor(unit(picture)), picture.height, picture.width)
    return lambda changed: metric(of_tensor(unit(changed)))


def independent(picture: Image.Image) -> Callable[[Image.Image], float]:
    """The same by the independent implementation where the picture isn't too small for it."""
    if min(picture.size) < SMALLEST:
        return scorer(picture)
    before = opaque(picture)
    return lambda changed: jury.ssimulacra2(before, opaque(changed))


def changed(picture: Image.Image, change: np.ndarray, strength: float) -> Image.Image:
    """The picture with ``strength`` times the change (H, W, 3), in levels; alpha, and what it hides, as they were."""
    pixels = np.array(picture)
    chance = np.random.default_rng(0).random((*change.shape[:2], 1), np.float32) * MOST_CHANCE
    moved = np.clip(np.floor(pixels[..., :3] + strength * change + chance), 0, 255).astype(np.uint8)
    shown = pixels[..., 3:] > 0 if pixels.shape[2] == 4 else True
    pixels[..., :3] = np.where(shown, moved, pixels[..., :3])
    return Image.fromarray(pixels)


def to_floor(picture: Image.Image, change: np.ndarray, floor: float) -> Image.Image:
    """The picture with as much of the change as keeps its score at ``floor`` or above; the weakest that is tried, or
    the strongest, where none is at the floor.
    """
    score = independent(picture)
    low, high = math.log2(WEAKEST), math.log2(STRONGEST)
    best = changed(picture, change, WEAKEST)
    middle = 0.0  # a change that was made for this floor is tried as it is
    for _ in range(TRIES):
        tried = changed(picture, change, 2.0**middle)
        if score(tried) >= floor:
            best, low = tried, middle
        else:
            high = middle
        middle = (low + high) / 2
    return best


class Scaled:
    """A method made of a direction. The last picture's change is kept, so that further floors cost only the search."""

    def __init__(self, direction: Direction, by_floor: bool = False) -> None:
        """``by_floor``: the direction takes the floor into account, so each floor has a change of its own."""
        self.direction, self.by_floor = direction, by_floor
        self._made: tuple[object, Change] | None = None

    def __call__(self, picture: Image.Image, target: str, floor: float) -> Shaded:
        """See ``Method``. ``seconds`` are those of the change; the search is the bench's and isn't counted."""
        key = (picture.tobytes(), target, floor if self.by_floor else None)
        if self._made is None or self._made[0] != key:
            self._made = (key, self.direction(picture, target, floor))
        change = self._made[1]
        return Shaded(to_floor(picture, change.levels, floor), seconds=change.seconds)
