"""A change δ at the layer's size: enlarged from the work size, as strong as each place allows, read band by band."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .visibility.errors import TILE


class Enlarged:
    """A change (1, 3, h, w) made at the work size, read at the layer's size a band of rows at a time.

    Bicubic in both directions (a = −0.75, as torch's own), so bands meet without a seam.
    """

    def __init__(self, change: Tensor, height: int, width: int) -> None:
        self.change = change.detach().float().cpu()[0]
        self.height, self.width = height, width

    def rows(self, top: int, bottom: int) -> Tensor:
        """(3, bottom − top, W) float32."""
        source_height = self.change.shape[1]
        if self.change.shape[1:] == (self.height, self.width):
            return self.change[:, top:bottom]
        centre = (torch.arange(top, bottom) + 0.5) * (source_height / self.height) - 0.5
        first = centre.floor()
        offset = centre - first
        near, far = (lambda t: (1.25 * t - 2.25) * t * t + 1), (lambda t: ((-0.75 * t + 3.75) * t - 6) * t + 3)
        taps = torch.stack([far(offset + 1), near(offset), near(1 - offset), far(2 - offset)])
        taken = (first[None].long() + torch.arange(-1, 3)[:, None]).clamp_(0, source_height - 1)
        band = torch.stack([self.change[:, taken[tap]] * taps[tap][:, None] for tap in range(4)]).sum(0)
        return F.interpolate(band[None], (bottom - top, self.width), mode="bicubic", align_corners=False)[0]


def _share(first: int, last: int, count: int, side: int) -> Tensor:
    """(last − first, count): how much each tile's own strength counts at each pixel, linear between their middles."""
    middles = torch.tensor([(TILE * i + (side if i == count - 1 else TILE * (i + 1))) / 2 for i in range(count)])
    at = torch.arange(first, last) + 0.5
    shares = torch.zeros(last - first, count)
    after = torch.searchsorted(middles, at).clamp(1, max(1, count - 1))
    if count == 1:
        return shares + 1
    before = after - 1
    part = ((at - middles[before]) / (middles[after] - middles[before])).clamp(0, 1)
    shares.scatter_(1, before[:, None], 1 - part[:, None])
    shares.scatter_(1, after[:, None], part[:, None])
    return shares


@dataclass(frozen=True)
class Strengthened:
    """The change times ``strength`` (rows, columns) of its tiles, without seams; no value above ``most`` (0…1)."""

    change: Enlarged
    strength: Tensor
    most: float

    def rows(self, top: int, bottom: int) -> Tensor:
        """(3, bottom − top, W) float32, within ±most."""
        height, width = self.change.height, self.change.width
        down = _share(top, bottom, self.strength.shape[0], height)
        across = _share(0, width, self.strength.shape[1], width)
        field = down @ self.strength.float() @ across.T
        most = self.most * (1 - 1e-6)  # the last digit of float32 must not become a level more
        return (self.change.rows(top, bottom) * field).clamp_(-most, most)
