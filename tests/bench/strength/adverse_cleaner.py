"""AdverseCleaner: many bilateral filters and a few guided ones, which keep edges.

AdverseCleaner is lllyasviel's script against Glaze and its kin: 64 times a bilateral filter of 5 pixels, then 4 times a
filter guided by the picture as it came.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from daemon.shading.purifiers import smoothed


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


def cleaned(x: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0…1 → the same, by AdverseCleaner with its own figures."""
    picture = found = torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1))).float() * 255
    bilateral = smoothed(2, 8.0, 8.0)
    for _ in range(64):
        found = bilateral(found[None])[0]
    for _ in range(4):
        found = _guided(picture, found, 4, 16.0)
    return (found.clamp(0, 255) / 255).permute(1, 2, 0).numpy()
