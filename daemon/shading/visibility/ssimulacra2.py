"""SSIMULACRA2, the visibility metric of the budget, fast enough to run on every picture.

Definition: Jon Sneyers, Cloudinary, https://github.com/cloudinary/ssimulacra2 (BSD 3-clause), version 2.1. 100 is
identical, 90 indistinguishable at 1:1, 70 high quality, 50 medium. The score is a weighted sum of structural and edge
errors over channels X, Y, B of the XYB colour space and over six scales, of which each halves the picture.

It differs from the reference as follows; tests/daemon/shading/visibility/test_ssimulacra2.py holds what that costs:

- Of the 108 weights 83 are zero or too small to matter (most below 0.002, beside some that reach hundreds). They are
  left out. The rest needs only Y at the finest scale and nothing at the coarsest, which saves most of the work.
- The blur sees black above and below the picture, and the picture mirrored at the sides; implementations differ here.

A function gives the rows, a band at a time, so a picture of 16 megapixels never has to be copied to floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Rows = Callable[[int, int], Tensor]  # (top, bottom) → (3, bottom − top, W) in 0…1, sRGB-encoded


class Weight(NamedTuple):
    """Weights of one channel at one scale: (mean, 4-norm) of the structural error, of added and of lost edges."""

    structure: tuple[float, float] = (0.0, 0.0)
    added: tuple[float, float] = (0.0, 0.0)
    lost: tuple[float, float] = (0.0, 0.0)


X, Y, B = 0, 1, 2
WEIGHTS: tuple[dict[int, Weight], ...] = (
    {Y: Weight((0, 7.466890328078848), (0, 0), (0, 17.445833984131262))},
    {
        X: Weight((0, 1.1041726426657346)),
        Y: Weight((0, 6.683678146179332), (0, 0), (0, 1.027889937768264)),
    },
    {
        X: Weight((0, 1.8422455520539298), (0, 11.441172603757666)),
        Y: Weight((225.20515300849274, 19.213238186143016)),
    },
    {
        X: Weight((0, 1.8787594979546387), (0, 10.94906990605142)),
        Y: Weight((176.39317598450694, 24.43300999870476), (0, 0.28520802612117757)),
        B: Weight((0, 8.826982764996862), (0, 23.19243343998926)),
    },
    {
        X: Weight((0, 0), (0.9677937080626833, 0.9981766977854967)),
        Y: Weight((0, 34.77906344483772), (0, 44.835625328877896)),
        B: Weight(
            (95.1080498811086, 0), (0.9863978034400682, 171.2667255897307), (0.9834382792465353, 0.9807858872435379)
        ),
    },
)  # fmt: skip
BAND_ROWS = 256
RADIUS = 5
SMALLEST = 8  # pixels; scales with a shorter side are left out
_C2 = 0.0009
_BIAS = 0.0037930732552754493
_OPSIN = (
    (0.30, 0.622, 0.078),
    (0.23, 0.692, 0.078),
    (0.24342268924547819, 0.20476744424496821, 0.5518098665095536),
)


def _taps() -> list[float]:
    taps = [math.exp(-(offset**2) / (2 * 1.5**2)) for offset in range(-RADIUS, RADIUS + 1)]
    return [tap / sum(taps) for tap in taps]


TAPS = _taps()


def _blur(x: Tensor) -> Tensor:
    """(C, h + 10, W) → (C, h, W): Gaussian, σ = 1.5 px. The caller adds the rows above and below.

    Shifted sums: on a CPU thirty times as fast as a convolution with one channel.
    """
    height, width = x.shape[-2] - 2 * RADIUS, x.shape[-1]
    down = x[:, :height] * TAPS[0]
    for offset, tap in enumerate(TAPS[1:], 1):
        down.add_(x[:, offset : offset + height], alpha=tap)
    sides = [down[..., :RADIUS].flip(-1), down, down[..., -RADIUS:].flip(-1)]
    wide = torch.cat(sides, -1)
    across = wide[..., :width] * TAPS[0]
    for offset, tap in enumerate(TAPS[1:], 1):
        across.add_(wide[..., offset : offset + width], alpha=tap)
    return across


def _power(x: Tensor, exponent: float) -> Tensor:
    """x ** exponent for x > 0: twice as fast as torch's power on a CPU."""
    return x.log().mul_(exponent).exp_()


def _halve(x: Tensor) -> Tensor:
    """(C, h, W) → (C, ⌈h/2⌉, ⌈W/2⌉): mean of 2 × 2 pixels; a last odd row or column counts twice."""
    x = F.pad(x[None], (0, x.shape[2] % 2, 0, x.shape[1] % 2), mode="replicate")[0]
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]).mul_(0.25)


def to_linear(srgb: Tensor) -> Tensor:
    """sRGB-encoded → linear light, both 0…1 (IEC 61966-2-1)."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, _power((srgb.clamp_min(0.04045) + 0.055) / 1.055, 2.4))


def _xyb(linear: Tensor, channels: list[int]) -> Tensor:
    """(3, h, W) linear light → (len(channels), h, W) of XYB, shifted to be positive."""
    bias = _BIAS ** (1 / 3)
    wanted = 3 if B in channels else 2

    def cone(row: tuple[float, float, float]) -> Tensor:
        mixed = linear[0] * row[0] + linear[1] * row[1] + linear[2] * row[2] + _BIAS
        return _power(mixed.clamp_min(1e-9), 1 / 3) - bias

    cones = [cone(row) for row in _OPSIN[:wanted]]
    y = (cones[0] + cones[1]) / 2
    planes = {X: lambda: (cones[0] - cones[1]) * 7 + 0.42, Y: lambda: y + 0.01, B: lambda: cones[2] - y + 0.55}
    return torch.stack([planes[channel]() for channel in channels])


class _Sums:
    """Sums over all bands of one scale: first and fourth powers of the three error maps, per channel."""

    def __init__(self, weights: dict[int, Weight]) -> None:
        self.weights, self.pixels = weights, 0
        self.values = torch.zeros(len(weights), 3, 2, dtype=torch.float64)

    def add(self, one: Tensor, two: Tensor) -> None:
        """Add a band, given both pictures' planes (C, h + 10, W)."""
        mean1, mean2, square1, square2, product = (_blur(x) for x in (one, two, one * one, two * two, one * two))
        difference = mean1 - mean2
        numerator = (1 - difference * difference) * (2 * (product - mean1 * mean2) + _C2)
        structure = (1 - numerator / (square1 - mean1 * mean1 + square2 - mean2 * mean2 + _C2)).clamp_min(0)
        core = slice(RADIUS, -RADIUS)
        edges = (1 + (two[:, core] - mean2).abs()) / (1 + (one[:, core] - mean1).abs()) - 1
        for index, error in enumerate((structure, edges.clamp_min(0), (-edges).clamp_min(0))):
            self.values[:, index, 0] += error.sum((1, 2)).cpu()
            self.values[:, index, 1] += error.square().square().sum((1, 2)).cpu()
        self.pixels += structure[0].numel()

    def weighted(self) -> float:
        """The scale's share of the weighted sum."""
        means = self.values / self.pixels
        means[:, :, 1] = means[:, :, 1] ** 0.25
        return float((means * torch.tensor(list(self.weights.values()), dtype=torch.float64)).sum())


class Ssimulacra2:
    """Scores changed versions of one picture of ``height`` × ``width`` pixels, given by its rows.

    What it needs of the original is computed once: one plane at its size, up to three at each smaller scale.
    """

    def __init__(self, original: Rows, height: int, width: int) -> None:
        self._original, self._size = original, (height, width)
        self._scales: list[tuple[dict[int, Weight], Tensor]] = []
        level: Rows = lambda top, bottom: to_linear(original(top, bottom))  # noqa: E731
        for weights in WEIGHTS:
            if min(height, width) < SMALLEST:
                break
            parts, halves = [], []
            for top in range(0, height, BAND_ROWS):
                linear = level(top, min(height, top + BAND_ROWS))
                parts.append(_xyb(linear, list(weights)))
                halves.append(_halve(linear))
            self._scales.append((weights, torch.cat(parts, 1)))
            half = torch.cat(halves, 1)
            level, (height, width) = of_tensor(half), half.shape[1:]

    def __call__(self, changed: Rows) -> float:
        """At most 100, which is identical; there is no lower bound.

        Pictures with a side below 8 pixels are too small for the metric: 100 if equal, else NaN.
        """
        if not self._scales:
            height = self._size[0]
            return 100.0 if torch.equal(self._original(0, height), changed(0, height)) else float("nan")
        level: Rows = lambda top, bottom: to_linear(changed(top, bottom))  # noqa: E731
        total = 0.0
        for weights, planes in self._scales:
            part, half = self._scale(planes, level, weights)
            total += part
            level = of_tensor(half)
        total *= 0.9562382616834844
        total = 2.326765642916932 * total - 0.020884521182843837 * total**2 + 6.248496625763138e-05 * total**3
        return 100.0 - 10.0 * total**0.6276336467831387 if total > 0 else 100.0

    @staticmethod
    def _scale(original: Tensor, changed: Rows, weights: dict[int, Weight]) -> tuple[float, Tensor]:
        """One scale: (weighted sum, the changed picture in linear light halved). ``original`` is (C, h, W) of XYB."""
        sums, halves, height = _Sums(weights), [], original.shape[1]
        for top in range(0, height, BAND_ROWS):
            bottom = min(height, top + BAND_ROWS)
            first, last = max(0, top - RADIUS), min(height, bottom + RADIUS)
            linear = changed(first, last)
            halves.append(_halve(linear[:, top - first : bottom - first]))
            padding = (0, 0, RADIUS - (top - first), RADIUS - (last - bottom))
            sums.add(F.pad(original[:, first:last], padding), F.pad(_xyb(linear, list(weights)), padding))
        return sums.weighted(), torch.cat(halves, 1)


def of_tensor(x: Tensor) -> Rows:
    """Rows of a picture (3, H, W) in 0…1."""
    return lambda top, bottom: x[:, top:bottom]
