"""The budget: where a change may be strong. More so in texture, less on flat colour, where people notice it.

Contrast masking in its simplest form: a pixel may move by a base amount plus a share of the standard deviation of the
luma around it (Legge and Foley 1980: thresholds rise with the contrast of the background). The map is a *shape*; its
scale is ``strength``, which ``fit.py`` finds by measuring.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..pixels import MOST

BASE = 2.5 / 255
TEXTURE = 0.2
NEIGHBOURHOOD = 2.0  # pixels at the work size, standard deviation of the window
LUMA = (0.299, 0.587, 0.114)
GRAY = 1 / 1024  # channels that differ by less are the same


def _blur(x: Tensor, sigma: float) -> Tensor:
    radius = max(1, round(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    taps = torch.exp(-offsets.square() / (2 * sigma**2))
    taps = taps / taps.sum()
    x = F.pad(x, (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(x, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))


class MaskingBudget:
    """Keeps every pixel of δ within its cap. Projection is exact: its result is always within the budget."""

    def __init__(self, original: Tensor) -> None:
        """``original`` (1, 3, h, w) in 0…1 at the work size."""
        luma = (original * torch.tensor(LUMA, device=original.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
        variance = _blur(luma * luma, NEIGHBOURHOOD) - _blur(luma, NEIGHBOURHOOD).square()
        # Not to the last digit: a gray picture from another colour space is gray except for rounding.
        self.gray = bool(((original - original[:, :1]).abs() < GRAY).all())
        self.shape = BASE + TEXTURE * variance.clamp_min(0).sqrt()
        self.strength = 1.0

    @property
    def cap(self) -> Tensor:
        """(1, 1, h, w): the most that any channel of a pixel may move, in 0…8/255."""
        return (self.shape * self.strength).clamp_max(MOST)

    def project(self, shaded: Tensor, original: Tensor) -> Tensor:
        """The picture nearest to ``shaded`` within the caps around ``original`` and 0…1; a gray one stays gray."""
        cap = self.cap
        if self.gray:
            shaded = shaded.mean(1, keepdim=True).expand_as(shaded)
        return torch.minimum(torch.maximum(shaded, original - cap), original + cap).clamp(0, 1)
