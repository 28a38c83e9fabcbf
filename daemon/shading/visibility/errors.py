"""The errors that SSIMULACRA2 counts, at one scale, and how they add up to points: differentiable, tile by tile."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .weights import Weight
from .xyb import RADIUS, blur

TILE = 256  # pixels at the picture's size: the score is also taken of each tile of that size
SMALLEST = 8  # pixels; scales with a shorter side are left out
_C2 = 0.0009
_SCALE = 0.9562382616834844
_POLYNOMIAL = (2.326765642916932, -0.020884521182843837, 6.248496625763138e-05)
_EXPONENT = 0.6276336467831387
_LEAST = 1e-6  # of the weighted sum in gradients: the score is infinitely steep at 100


class Known(NamedTuple):
    """What is needed of the original at one scale, each (C, h, W): its planes, their local mean and variance."""

    planes: Tensor
    mean: Tensor
    variance: Tensor


def padded(planes: Tensor, above: int = RADIUS, below: int = RADIUS) -> Tensor:
    """(C, h, W) with rows mirrored above and below: what the blur sees beyond the picture."""
    return torch.cat([planes[:, :above].flip(1), planes, planes[:, planes.shape[1] - below :].flip(1)], 1)


def known(planes: Tensor) -> Known:
    """Of all planes (C, h, W) of the original at a scale."""
    rows = padded(planes)
    mean = blur(rows)
    return Known(planes, mean, blur(rows * rows).sub_(mean * mean))


def errors(original: Known, rows: Tensor, changed: Tensor) -> Tensor:
    """(3, C, h, W): structural error, added edges, lost edges.

    ``original`` is cut to the rows that count; ``rows`` and ``changed`` (C, h + 10, W) have the ones around them too.
    """
    planes, mean, variance = original
    new_mean = blur(changed)
    new_variance = blur(changed * changed) - new_mean * new_mean
    covariance = blur(rows * changed) - mean * new_mean
    difference = mean - new_mean
    similar = (1 - difference * difference) * (2 * covariance + _C2) / (variance + new_variance + _C2)
    structure = (1 - similar).clamp_min(0)
    edges = (1 + (changed[:, RADIUS:-RADIUS] - new_mean).abs()) / (1 + (planes - mean).abs()) - 1
    return torch.stack([structure, edges.clamp_min(0), (-edges).clamp_min(0)])


def tiles(side: int, tile: int = TILE) -> int:
    """How many tiles lie along a side of the picture; a last piece below half a tile belongs to the one before."""
    return max(1, (side + tile // 2) // tile)


def tile_sums(values: Tensor, count: int, tile: int) -> Tensor:
    """(…, n) → (…, count): sums over ``tile`` values each, the last over all that are left."""
    cut = tile * (count - 1)
    whole = values[..., :cut].unflatten(-1, (count - 1, tile)).sum(-1) if count > 1 else values[..., :0]
    return torch.cat([whole, values[..., cut:].sum(-1, keepdim=True)], -1)


def weighted(sums: Tensor, pixels: Tensor, weights: dict[int, Weight]) -> Tensor:
    """(…): the scale's share of the weighted sum.

    ``sums`` (2, 3, C, …) are of first and fourth powers of the errors over ``pixels`` (…) pixels each.
    """
    means = sums / pixels
    table = torch.tensor(list(weights.values()), dtype=sums.dtype, device=sums.device)  # (C, 3, 2)
    first, fourth = table.permute(2, 1, 0).reshape(2, 3, len(weights), *[1] * pixels.dim())
    return (first * means[0] + fourth * means[1].clamp_min(1e-30) ** 0.25).sum((0, 1))


def lost(total: Tensor) -> Tensor:
    """The points below 100 that a weighted sum over all scales costs."""
    total = (total * _SCALE).clamp_min(_LEAST)
    one, two, three = _POLYNOMIAL
    return 10 * (one * total + two * total**2 + three * total**3).clamp_min(0) ** _EXPONENT
