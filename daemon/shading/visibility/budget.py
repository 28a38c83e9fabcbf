"""The budget: where a change may be made quickly, and what it may never become.

How strong a change may be is the metric's to say (``penalty.py`` while it is made, ``fit.py`` at the end). Here is what
no metric decides: the most that a value may move, gray stays gray, and steps are smaller where people notice more.
Contrast masking in its simplest form: thresholds rise with the contrast of the background (Legge and Foley 1980).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .colour import sensitivity

BASE = 2.5 / 255
TEXTURE = 0.2
NEIGHBOURHOOD = 2.0  # pixels at the work size, standard deviation of the window
LUMA = (0.299, 0.587, 0.114)
GRAY = 1 / 1024  # channels that differ by less are the same
AROUND = 2  # pixels: as far as gray must reach for a pixel to count as part of something gray


def _blur(x: Tensor, sigma: float) -> Tensor:
    radius = max(1, round(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    taps = torch.exp(-offsets.square() / (2 * sigma**2))
    taps = taps / taps.sum()
    x = F.pad(x, (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(x, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))


class MaskingBudget:
    """Keeps every value of δ within ±``most``. Projection is exact: its result is always within the budget."""

    def __init__(self, original: Tensor, most: float) -> None:
        """``original`` (1, 3, h, w) in 0…1 at the work size; ``most`` in 0…1."""
        luma = (original * torch.tensor(LUMA, device=original.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
        variance = _blur(luma * luma, NEIGHBOURHOOD) - _blur(luma, NEIGHBOURHOOD).square()
        pace = (BASE + TEXTURE * variance.clamp_min(0).sqrt()).sqrt() / sensitivity(original[0])
        self.pace = pace / pace.mean()  # (1, 1, h, w), 1 on average: how long a step is, relative to others
        self.most = most
        # Not to the last digit: a gray picture from another colour space is gray except for rounding.
        spread = (original - original.mean(1, keepdim=True)).abs().amax(1, keepdim=True)
        self.gray = F.max_pool2d(spread, 2 * AROUND + 1, 1, AROUND) < GRAY  # (1, 1, h, w)

    def project(self, shaded: Tensor, original: Tensor) -> Tensor:
        """The picture near ``shaded`` within ±most of ``original`` and in 0…1; what is gray stays gray."""
        within = shaded.clamp(0, 1)
        within = torch.minimum(torch.maximum(within, original - self.most), original + self.most)
        # Ink on paper would turn into beads of colour. Clipped first: a mean of values in range is in range.
        return torch.where(self.gray, within.mean(1, keepdim=True), within)
