"""A change δ at the layer's size: enlarged from the work size, as strong as each place allows, read band by band."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .visibility.colour import PATCH
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


def _middles(count: int, side: int, cell: int) -> Tensor:
    """(count,): the middles of cells along a side, the last of which has what is left."""
    return torch.tensor([(cell * i + (side if i == count - 1 else cell * (i + 1))) / 2 for i in range(count)])


def _shares(at: Tensor, count: int, side: int, cell: int) -> Tensor:
    """(n, count): how much each cell's own value counts at the places (n,), linear between the cells' middles."""
    if count == 1:
        return torch.ones(len(at), 1)
    middles, shares = _middles(count, side, cell), torch.zeros(len(at), count)
    after = torch.searchsorted(middles, at).clamp(1, count - 1)
    before = after - 1
    part = ((at - middles[before]) / (middles[after] - middles[before])).clamp(0, 1)
    shares.scatter_(1, before[:, None], 1 - part[:, None])
    shares.scatter_(1, after[:, None], part[:, None])
    return shares


@dataclass(frozen=True)
class Strengthened:
    """The change times ``strength`` (rows, columns) of its tiles, without seams; no value above ``most`` (0…1).

    ``caps`` (rows, columns) of its patches are the most that the strength may be there.
    """

    change: Enlarged
    strength: Tensor
    most: float
    caps: Tensor | None = None

    def rows(self, top: int, bottom: int) -> Tensor:
        """(3, bottom − top, W) float32, within ±most."""
        field = self._field(torch.arange(top, bottom) + 0.5, torch.arange(self.change.width) + 0.5)
        most = self.most * (1 - 1e-6)  # the last digit of float32 must not become a level more
        return (self.change.rows(top, bottom) * field).clamp_(-most, most)

    def at_patches(self, rows: int, columns: int) -> Tensor:
        """(rows, columns): the strength in the middle of each of so many patches."""
        sides = (rows, self.change.height), (columns, self.change.width)
        return self._field(*(_middles(count, side, PATCH) for count, side in sides)).double()

    def _field(self, down: Tensor, across: Tensor) -> Tensor:
        """The strength at rows ``down`` (n,) and columns ``across`` (m,): (n, m)."""
        field = self._between(self.strength, TILE, down, across)
        return field if self.caps is None else torch.minimum(field, self._between(self.caps, PATCH, down, across))

    def _between(self, values: Tensor, cell: int, down: Tensor, across: Tensor) -> Tensor:
        rows, columns = values.shape
        left = _shares(down, rows, self.change.height, cell)
        return left @ values.float() @ _shares(across, columns, self.change.width, cell).T
