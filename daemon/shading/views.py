"""What a training pipeline does to a picture before its encoder sees it, as differentiable functions.

img2dataset and the trainers' data loaders shrink pictures to 256–1024 pixels on the shorter side, re-encode them as
JPEG, and crop. A change has to survive that if it is to teach a model anything, so the optimisation sees the picture
through these views, one drawn at each step. A job's set of views is fixed, and each is known by its name: the distance
from the untouched picture to the anchor is measured once for each, so the shift costs nothing extra at a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from .jpeg import jpeg

Transform = Callable[[Tensor], Tensor]  # (N, 3, H, W) in 0…1 → (N, 3, h, w) in 0…1


@dataclass(frozen=True)
class View:
    """One way of looking at the picture; ``weight`` is how often it is drawn, relative to the others."""

    name: str
    apply: Transform
    weight: float = 1.0


def resize(x: Tensor, height: int, width: int) -> Tensor:
    """Antialiased bicubic resize of (N, 3, H, W), clamped to 0…1, as Pillow does it."""
    if x.shape[-2:] == (height, width):
        return x
    return F.interpolate(x, (height, width), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def scaled(factor: float) -> Transform:
    """Both sides times ``factor``, at least one pixel."""
    return lambda x: resize(x, *(max(1, round(side * factor)) for side in x.shape[-2:]))


def cropped(x: Tensor, top: int, left: int) -> Tensor:
    """Without the first rows and columns, so that the encoder's grid falls elsewhere; tiny pictures stay whole."""
    top, left = (cut if side > 8 * cut else 0 for cut, side in zip((top, left), x.shape[-2:], strict=True))
    return x[..., top:, left:]


def none(weight: float = 1.0) -> View:
    """The picture as it is."""
    return View("none", lambda x: x, weight)


def compressed(quality: int, weight: float = 1.0) -> View:
    """JPEG at the given quality."""
    return View(f"JPEG {quality}", lambda x: jpeg(x, quality), weight)


def shrunk(factor: float, weight: float = 1.0) -> View:
    """Downscaled."""
    return View(f"×{factor:g}", scaled(factor), weight)


def shrunk_and_cropped(factor: float, top: int, left: int, weight: float = 1.0) -> View:
    """Downscaled, then cropped by a few pixels."""
    return View(f"×{factor:g} −{top},{left}", lambda x: cropped(scaled(factor)(x), top, left), weight)


# Every report measures the shift through these, whatever the optimisation saw.
REPORTED = (none(), compressed(75), shrunk(0.75), shrunk(0.5))
