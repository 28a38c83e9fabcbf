"""Filters that keep edges: the bilateral filter, the guided filter, and AdverseCleaner, which is many of both.

AdverseCleaner is lllyasviel's script against Glaze and its kin: 64 times a bilateral filter of 5 pixels, then 4 times a
filter guided by the picture as it came.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def _bilateral(x: Tensor, radius: int, colour: float, space: float) -> Tensor:
    """(3, H, W) → the same: means over a disc, weighted by how near pixels are, in place and in colour (sum of the
    channels' differences). Each pair of pixels is looked at once, since its weight serves both.
    """
    total, weights = x.clone(), torch.ones_like(x[:1])
    height, width = x.shape[1:]
    for down in range(radius + 1):
        for right in range(-radius, radius + 1):
            if (down, right) <= (0, 0) or down**2 + right**2 > radius**2 or down >= height or abs(right) >= width:
                continue
            rows = slice(0, height - down), slice(down, height)
            columns = slice(max(0, -right), width - max(0, right)), slice(max(0, right), width - max(0, -right))
            one, two = x[:, rows[0], columns[0]], x[:, rows[1], columns[1]]
            distance = (one - two).abs().sum(0, keepdim=True)
            near = math.exp(-(down**2 + right**2) / (2 * space**2))
            weight = near * (distance.square_() * (-1 / (2 * colour**2))).exp_()
            total[:, rows[0], columns[0]] += weight * two
            total[:, rows[1], columns[1]] += weight * one
            weights[:, rows[0], columns[0]] += weight
            weights[:, rows[1], columns[1]] += weight
    return total / weights


def _box(x: Tensor, radius: int) -> Tensor:
    """(C, H, W) → means over a square; beyond the edge there is nothing."""
    side = 2 * radius + 1
    return F.avg_pool2d(x[None], side, 1, radius, count_include_pad=False)[0]


def _guided(guide: Tensor, x: Tensor, radius: int, epsilon: float) -> Tensor:
    """(3, H, W) → the same, locally a linear function of the guide (He et al. 2010), channel by channel."""
    mean, mean_guide = _box(x, radius), _box(guide, radius)
    variance = _box(guide * guide, radius) - mean_guide * mean_guide
    slope = (_box(guide * x, radius) - mean_guide * mean) / (variance + epsilon)
    offset = mean - slope * mean_guide
    return _box(slope, radius) * guide + _box(offset, radius)


def _planes(x: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1))).float()


def bilateral(x: np.ndarray, radius: int, colour: float, space: float) -> np.ndarray:
    """(H, W, 3) in 0…1 → the same. ``colour`` is in the picture's units, ``space`` and ``radius`` in pixels."""
    return _bilateral(_planes(x), radius, colour, space).permute(1, 2, 0).numpy()


def cleaned(x: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0…1 → the same, by AdverseCleaner with its own figures."""
    picture = _planes(x) * 255
    found = picture
    for _ in range(64):
        found = _bilateral(found, 2, 8.0, 8.0)
    for _ in range(4):
        found = _guided(picture, found, 4, 16.0)
    return (found.clamp(0, 255) / 255).permute(1, 2, 0).numpy()
