"""XYB, the colour space of SSIMULACRA2, and what else its scales are made of. All of it is differentiable."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from .weights import B, X, Y

RADIUS = 5  # of the blur, in pixels
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


def blur(x: Tensor) -> Tensor:
    """(C, h + 10, W) → (C, h, W): Gaussian, σ = 1.5 px, black beyond the sides. The caller adds rows around."""
    return shifted_sums(x) if x.device.type == "cpu" else products(x)


def products(x: Tensor) -> Tensor:
    """The blur in few operations, since each has a price of its own on a GPU; and not as a convolution, which is free
    to round to ten bits there.
    """
    taps = _taps_on(x.device)
    return F.pad(x.unfold(1, len(TAPS), 1) @ taps, (RADIUS, RADIUS)).unfold(2, len(TAPS), 1) @ taps


@lru_cache
def _taps_on(device: torch.device) -> Tensor:
    return torch.tensor(TAPS, device=device)


def shifted_sums(x: Tensor) -> Tensor:
    """The blur as a CPU does it thirty times as fast as a convolution with one channel."""
    height, width = x.shape[-2] - 2 * RADIUS, x.shape[-1]
    down = x[:, :height] * TAPS[0]
    for offset, tap in enumerate(TAPS[1:], 1):
        down.add_(x[:, offset : offset + height], alpha=tap)
    wide = F.pad(down, (RADIUS, RADIUS))
    across = wide[..., :width] * TAPS[0]
    for offset, tap in enumerate(TAPS[1:], 1):
        across.add_(wide[..., offset : offset + width], alpha=tap)
    return across


def _power(x: Tensor, exponent: float) -> Tensor:
    """x ** exponent for x > 0: twice as fast as torch's power on a CPU."""
    return x.log().mul_(exponent).exp_()


def halve(x: Tensor) -> Tensor:
    """(C, h, W) → (C, ⌈h/2⌉, ⌈W/2⌉): mean of 2 × 2 pixels; a last odd row or column counts twice."""
    x = F.pad(x[None], (0, x.shape[2] % 2, 0, x.shape[1] % 2), mode="replicate")[0]
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]).mul_(0.25)


def to_linear(srgb: Tensor) -> Tensor:
    """sRGB-encoded → linear light, both 0…1 (IEC 61966-2-1)."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, _power((srgb.clamp_min(0.04045) + 0.055) / 1.055, 2.4))


def to_xyb(linear: Tensor, channels: list[int]) -> Tensor:
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
