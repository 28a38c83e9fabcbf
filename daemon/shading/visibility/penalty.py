"""What the loop pays for being seen: the metric itself, and what the metric forgives too easily.

SSIMULACRA2 is differentiable almost everywhere, so the loop can ask which part of a change costs most points and leave
that part out. Whatever is optimised against finds what a metric forgives, so differences of colour are paid for too,
patch by patch, most on skies and other smooth colour. A tile or patch pays the more the more it has used of what is
allowed.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..recipes import Limits
from .colour import CELL, PATCH, Colours
from .errors import SMALLEST, TILE, errors, known, lost, padded, tile_sums, tiles, weighted
from .weights import WEIGHTS
from .xyb import halve, to_linear, to_xyb


class Penalty:
    """The cost of a changed picture, by tile."""

    def __init__(self, original: Tensor, limits: Limits, reduction: float = 1.0) -> None:
        """``original`` (1, 3, h, w) in 0…1 at the work size.

        ``reduction`` is the picture's size over the work size, at least 1.
        """
        self.allowed, self.colour = 100 - limits.floor, limits.colour
        self.colours = Colours(original[0], max(16, round(PATCH / reduction)), max(1, round(CELL / reduction)))
        self.tile = max(64, round(TILE / reduction / 16) * 16)
        self.tiles = [tiles(side, self.tile) for side in original.shape[-2:]]
        self.scales = []
        linear = to_linear(original[0])
        for weights in WEIGHTS:
            if min(linear.shape[1:]) < SMALLEST:
                break
            self.scales.append((weights, known(to_xyb(linear, list(weights)))))
            linear = halve(linear)

    def _tiles(self, values: Tensor, tile: int) -> Tensor:
        """(…, h, w) → (…, rows, columns): sums over tiles, as many at every scale."""
        rows, columns = self.tiles
        return tile_sums(tile_sums(values, columns, tile).transpose(-1, -2), rows, tile).transpose(-1, -2)

    def lost(self, shaded: Tensor) -> Tensor:
        """(rows, columns): points that each tile of ``shaded`` (1, 3, h, w) has lost; differentiable."""
        linear, total = to_linear(shaded[0].clamp(0, 1)), None
        for scale, (weights, original) in enumerate(self.scales):
            found = errors(original, padded(original.planes), padded(to_xyb(linear, list(weights))))
            squared = found * found
            tile = max(1, self.tile >> scale)
            sums = self._tiles(torch.stack([found, squared * squared]), tile)
            part = weighted(sums, self._tiles(torch.ones_like(found[0, 0]), tile), weights)
            total = part if total is None else total + part
            linear = halve(linear)
        return lost(total) if total is not None else shaded.new_zeros(1, 1)

    def __call__(self, shaded: Tensor) -> tuple[float, Tensor]:
        """(share of what is allowed that is used, a scalar whose gradient says where), of ``shaded`` (1, 3, h, w)."""
        points = self.lost(shaded) / self.allowed
        colours = self.colours(shaded[0]) / self.colour
        cost = (points**3).mean() / 3 + (colours**4).mean()
        used = max(float(part.detach().square().mean().sqrt()) for part in (points, colours))
        return used, cost
