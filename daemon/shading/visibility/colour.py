"""Colour differences: how far a change moves colours, place by place, which a metric of structure looks past.

CIEDE2000 (Sharma, Wu and Dalal 2005) with its weights taken at the original's colour and without its rotation term.
For changes of a few levels that is within a tenth of the full formula, in saturated blue up to three tenths above it,
and it is differentiable.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .errors import tile_sums
from .xyb import to_linear

PATCH = 64  # pixels at the picture's size: people notice a patch of that size
SMOOTH = 4 / 255  # deviation of the values around a pixel at which half of the surcharge is left
SURCHARGE = 5.0  # a difference on perfectly smooth colour counts as 1 + that many
AROUND = 4  # pixels
_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_LEAST = 1e-4  # of squared differences in roots: their gradient is infinite at 0


def to_lab(srgb: Tensor) -> Tensor:
    """(3, h, W) in 0…1, sRGB-encoded → CIELAB under D65, L in 0…100."""
    linear = to_linear(srgb)

    def response(row: tuple[float, float, float], white: float) -> Tensor:
        t = (linear[0] * row[0] + linear[1] * row[1] + linear[2] * row[2]) / white
        return torch.where(t > 0.008856, t.clamp_min(0.008856) ** (1 / 3), 7.787 * t + 16 / 116)

    x, y, z = (response(row, white) for row, white in zip(_TO_XYZ, _WHITE, strict=True))
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


class Weights(NamedTuple):
    """What CIEDE2000 makes of the original's colours (3, h, W), all (h, W)."""

    lab: Tensor
    stretch: Tensor  # of a
    unit_a: Tensor  # the direction of chroma in the plane of a and b
    unit_b: Tensor
    lightness: Tensor
    chroma: Tensor
    hue: Tensor


def weights(original: Tensor) -> Weights:
    """For an original (3, h, W) in 0…1."""
    lab = to_lab(original)
    seventh = torch.hypot(lab[1], lab[2]) ** 7
    stretch = 1 + 0.5 * (1 - (seventh / (seventh + 25**7)).sqrt())
    a, b = lab[1] * stretch, lab[2]
    chroma = torch.hypot(a, b)
    angle = torch.atan2(b, a)
    turned = (
        1
        - 0.17 * (angle - math.pi / 6).cos()
        + 0.24 * (2 * angle).cos()
        + 0.32 * (3 * angle + math.pi / 30).cos()
        - 0.20 * (4 * angle - 63 * math.pi / 180).cos()
    )
    middle = (lab[0] - 50).square()
    return Weights(
        lab,
        stretch,
        angle.cos(),
        angle.sin(),
        1 + 0.015 * middle / (20 + middle).sqrt(),
        1 + 0.045 * chroma,
        1 + 0.015 * chroma * turned,
    )


def difference(original: Weights, changed: Tensor) -> Tensor:
    """(h, W): CIEDE2000 of ``changed`` (3, h, W) in 0…1 to the original, about; 1 is just noticeable on large areas."""
    moved = to_lab(changed) - original.lab
    a, b = moved[1] * original.stretch, moved[2]
    along = a * original.unit_a + b * original.unit_b
    across = b * original.unit_a - a * original.unit_b
    squares = (moved[0] / original.lightness).square() + (along / original.chroma).square()
    return (squares + (across / original.hue).square() + _LEAST).sqrt()


def smoothness(original: Tensor, around: int = AROUND) -> Tensor:
    """(h, W) in 0…1 of a picture (3, h, W): 1 where nothing around a pixel distracts from what is added there."""
    side = 2 * around + 1
    gray = original.mean(0)[None, None]
    mean, square = (F.avg_pool2d(x, side, 1, around, count_include_pad=False) for x in (gray, gray * gray))
    return 1 / (1 + (square - mean * mean).clamp_min(0)[0, 0] / SMOOTH**2)


def sensitivity(original: Tensor) -> Tensor:
    """(h, W), from 1 in texture to 6 on smooth colour: how much a difference counts.

    Contrast masking (Legge and Foley 1980), found by eye: at 2.5 grain could still be seen on white china at "default".
    """
    return 1 + SURCHARGE * smoothness(original)


def patch_means(values: Tensor, patch: int) -> Tensor:
    """(h, W) → (rows, columns): means over patches, the last ones over what is left too."""
    rows, columns = (max(1, side // patch) for side in values.shape)

    def sums(x: Tensor) -> Tensor:
        return tile_sums(tile_sums(x, columns, patch).T, rows, patch).T

    return sums(values) / sums(torch.ones_like(values))
