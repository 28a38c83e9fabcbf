"""JPEG as a differentiable function, so that the optimisation can see through it.

Baseline JPEG as libjpeg does it: YCbCr of BT.601, chroma at half size (4:2:0), 8 × 8 DCT, Annex K quantisation tables
scaled by the quality (ITU-T T.81). Rounding has no useful gradient; the straight-through estimator takes 1.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

_LUMA = """
16 11 10 16 24 40 51 61  12 12 14 19 26 58 60 55  14 13 16 24 40 57 69 56  14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77  24 35 55 64 81 104 113 92  49 64 78 87 103 121 120 101  72 92 95 98 112 100 103 99
"""
_CHROMA = """
17 18 24 47 99 99 99 99  18 21 26 66 99 99 99 99  24 26 56 99 99 99 99 99  47 66 99 99 99 99 99 99
99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99
"""
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


@lru_cache
def _table(text: str, quality: int) -> Tensor:
    base = torch.tensor([int(word) for word in text.split()], dtype=torch.float32).view(8, 8)
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    return ((base * percent + 50) / 100).floor().clamp(1, 255)


@lru_cache
def _dct() -> Tensor:
    """The orthonormal 8-point DCT-II as a matrix (frequency, position)."""
    rows = [
        [math.cos(math.pi * (2 * x + 1) * u / 16) * (0.5 if u else math.sqrt(0.125)) for x in range(8)]
        for u in range(8)
    ]
    return torch.tensor(rows)


def _round(x: Tensor) -> Tensor:
    return x + (x.round() - x).detach()


def _quantise(plane: Tensor, table: Tensor) -> Tensor:
    """(N, H, W) in −128…127, sides multiples of 8 → the same after quantisation."""
    count, height, width = plane.shape
    dct = _dct().to(plane.device)
    blocks = plane.view(count, height // 8, 8, width // 8, 8).permute(0, 1, 3, 2, 4)
    table = table.to(plane.device)
    kept = _round(dct @ blocks @ dct.T / table) * table
    return (dct.T @ kept @ dct).permute(0, 1, 3, 2, 4).reshape(count, height, width)


def _mix(x: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    return torch.einsum("oc,nchw->nohw", torch.tensor(matrix, device=x.device), x)


def jpeg(x: Tensor, quality: int) -> Tensor:
    """(N, 3, H, W) in 0…1 → the same after JPEG at ``quality`` (1–100) with 4:2:0 chroma; any size."""
    height, width = x.shape[-2:]
    x = F.pad(x, (0, -width % 16, 0, -height % 16), mode="replicate")
    ycc = _round(_mix(x * 255, _TO_YCC))
    luma = _quantise(ycc[:, 0] - 128, _table(_LUMA, quality)) + 128
    chroma = F.avg_pool2d(ycc[:, 1:], 2)
    chroma = _quantise(chroma.flatten(0, 1), _table(_CHROMA, quality)).view_as(chroma)
    chroma = F.interpolate(chroma, scale_factor=2, mode="bilinear", align_corners=False)
    rgb = _mix(torch.cat([luma[:, None], chroma], 1), _TO_RGB)
    return (_round(rgb).clamp(0, 255) / 255)[..., :height, :width]
