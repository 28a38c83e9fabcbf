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
SMOOTH = 4 / 255  # deviation of the values around a pixel at which half of the surcharges is left
AROUND = 2  # pixels
GRAIN = 1.5  # on perfectly smooth colour a pixel's difference counts as 1 + that many
FORM = 8.0  # and that of a cell's mean is added so many times
CELL = 4  # pixels at the picture's size: side of a cell, in which grain cancels out and lines don't
WORST = 4  # power of the mean over a patch's cells: a few that show are seen however quiet the others are
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


def smoothness(original: Tensor) -> Tensor:
    """(h, W) in 0…1 of a picture (3, h, W): 1 where nothing around a pixel distracts from what is added there."""
    side = 2 * AROUND + 1
    gray = original.mean(0)[None, None]
    mean, square = (F.avg_pool2d(x, side, 1, AROUND, count_include_pad=False) for x in (gray, gray * gray))
    return 1 / (1 + (square - mean * mean).clamp_min(0)[0, 0] / SMOOTH**2)


def sensitivity(original: Tensor) -> Tensor:
    """(h, W) of a picture (3, h, W), from 1 in texture upward on smooth colour: how much a pixel's difference counts.

    Contrast masking (Legge and Foley 1980), found by eye.
    """
    return 1 + GRAIN * smoothness(original)


def cells(picture: Tensor, cell: int) -> Tensor:
    """(C, h, W) → means over cells of so many pixels each way; smaller pictures are one cell along a side."""
    sides = [min(cell, side) for side in picture.shape[1:]]
    return F.avg_pool2d(picture[None], sides)[0]


class Colours:
    """How far a changed picture's colours are from an original's, patch by patch, as they are seen at 1:1.

    Grain cancels out where people look at an area, lines and blotches don't (so S-CIELAB, Zhang and Wandell 1997). So
    the differences of pixels are added to those of the means of small cells, which count most where nothing distracts.
    """

    def __init__(self, original: Tensor, patch: int = PATCH, cell: int = CELL, stride: int = 1) -> None:
        """``original`` (3, h, W) in 0…1. ``patch`` and ``cell`` are in its pixels; of these every ``stride``-th counts,
        both ways.
        """
        self.patch, self.cell, self.stride = patch, cell, stride
        self.pixels, self.grain = weights(self._some(original)), self._some(sensitivity(original))
        self.means = weights(cells(original, cell))
        self.form = FORM * cells(smoothness(original)[None], cell)[0]

    def _some(self, x: Tensor) -> Tensor:
        return x[..., :: self.stride, :: self.stride]

    def __call__(self, changed: Tensor) -> Tensor:
        """(rows, columns): the difference of each patch of ``changed`` (3, h, W)."""
        grain = difference(self.pixels, self._some(changed)) * self.grain
        form = (difference(self.means, cells(changed, self.cell)) * self.form) ** WORST
        found = patch_means(grain, self.patch // self.stride)
        return found + patch_means(form, self.patch // self.cell, found.shape) ** (1 / WORST)


def patch_means(values: Tensor, patch: int, counts: torch.Size | None = None) -> Tensor:
    """(h, W) → (rows, columns): means over patches, the last ones over what is left too.

    ``counts``: (rows, columns), if they are known.
    """
    rows, columns = counts or [max(1, side // patch) for side in values.shape]

    def sums(x: Tensor) -> Tensor:
        return tile_sums(tile_sums(x, columns, patch).T, rows, patch).T

    return sums(values) / sums(torch.ones_like(values))
