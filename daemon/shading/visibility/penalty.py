"""What the loop pays for being seen: the metric itself, and what the metric forgives too easily.

SSIMULACRA2 is differentiable almost everywhere, so the loop can ask which part of a change costs most points and leave
that part out. Whatever is optimised against finds what a metric forgives, so two other things are paid for: differences
of colour, patch by patch, and what is added to skies and smooth colour: slow waves, where people see a form, cost much
and fine grain a little. A tile or patch pays the more the more it has used of what is allowed.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..recipes import Limits
from .colour import PATCH, difference, patch_means, sensitivity
from .colour import weights as colour_weights
from .errors import SMALLEST, TILE, errors, known, lost, padded, tile_sums, tiles, weighted
from .weights import WEIGHTS
from .xyb import halve, to_linear, to_xyb

SMOOTH = 4 / 255  # deviation of the luma around a pixel at which half of the surcharge is left
FORM = 8  # pixels at the picture's size: side of the window that slow waves survive
WAVES = 100.0  # points for slow waves whose mean square is one level of 8 bits, where the picture is smooth
GRAIN = 8.0  # points for grain of that size there


class Penalty:
    """The cost of a changed picture, by tile."""

    def __init__(self, original: Tensor, limits: Limits, reduction: float = 1.0) -> None:
        """``original`` (1, 3, h, w) in 0…1 at the work size.

        ``reduction`` is the picture's size over the work size, at least 1.
        """
        self.allowed, self.colour = 100 - limits.floor, limits.colour
        self.patch = max(16, round(PATCH / reduction))
        self.weights, self.sensitivity = colour_weights(original[0]), sensitivity(original[0])
        self.tile = max(64, round(TILE / reduction / 16) * 16)
        self.tiles = [tiles(side, self.tile) for side in original.shape[-2:]]
        self.window = max(2, round(FORM / reduction))
        self.original = original
        self.smooth = self._smooth(original)
        self.scales = []
        linear = to_linear(original[0])
        for weights in WEIGHTS:
            if min(linear.shape[1:]) < SMALLEST:
                break
            self.scales.append((weights, known(to_xyb(linear, list(weights)))))
            linear = halve(linear)

    def _slow(self, x: Tensor) -> Tensor:
        """What a window over x (1, C, h, w) leaves of it; every other window is enough."""
        window = min(self.window, *x.shape[-2:])
        return F.avg_pool2d(x, window, max(1, window // 2))

    def _smooth(self, original: Tensor) -> Tensor:
        """(1, 1, h', w') in 0…1: how smooth the picture is around each window."""
        luma = original.mean(1, keepdim=True)
        variance = self._slow(luma * luma) - self._slow(luma).square()
        return 1 / (1 + variance.clamp_min(0) / SMOOTH**2)

    def _form(self, shaded: Tensor) -> Tensor:
        levels = (shaded - self.original) * 255
        return (self.smooth * (WAVES * self._slow(levels).square() + GRAIN * self._slow(levels.square()))).mean()

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
        colours = patch_means(difference(self.weights, shaded[0]) * self.sensitivity, self.patch) / self.colour
        form = self._form(shaded) / self.allowed
        cost = (points**3).mean() / 3 + (colours**4).mean() + form
        used = max(float(part.detach().square().mean().sqrt()) for part in (points, colours, form))
        return used, cost
