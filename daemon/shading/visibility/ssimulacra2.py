"""SSIMULACRA2, the visibility metric of the budget, fast enough to run on every picture.

Definition: Jon Sneyers, Cloudinary, https://github.com/cloudinary/ssimulacra2 (BSD 3-clause), version 2.1. 100 is
identical, 90 indistinguishable at 1:1, 70 high quality, 50 medium. The score is a weighted sum of structural and edge
errors over channels X, Y, B of the XYB colour space and over six scales, of which each halves the picture. What is
left out is said in ``weights.py``, and tests/daemon/shading/visibility/test_ssimulacra2.py holds what that costs.

The published score is one for the whole picture: it averages, so a quiet corner can be spoilt. Here it is also taken of
each tile of 256 × 256 pixels, as if the tile were a picture whose surroundings are known.

A function gives the rows, a band at a time, so a picture of 16 megapixels never has to be copied to floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from .errors import SMALLEST, TILE, Known, errors, known, lost, padded, tile_sums, tiles, weighted
from .weights import WEIGHTS, Weight
from .xyb import RADIUS, halve, to_linear, to_xyb

Rows = Callable[[int, int], Tensor]  # (top, bottom) → (3, bottom − top, W) in 0…1, sRGB-encoded

BAND_ROWS = 256


class Scores(NamedTuple):
    """At most 100, which is identical; there is no lower bound. NaN for a picture that is too small for the metric.

    ``whole`` is the published score, ``tiles`` (rows, columns) are the tiles' own.
    """

    whole: float
    tiles: Tensor

    @property
    def worst(self) -> float:
        """The lowest of all."""
        return min(self.whole, float(self.tiles.min()))


class Ssimulacra2:
    """Scores changed versions of one picture of ``height`` × ``width`` pixels, given by its rows.

    What it needs of the original is computed once: three planes at its size, up to nine at each smaller scale.
    """

    def __init__(self, original: Rows, height: int, width: int) -> None:
        self._original, self._size = original, (height, width)
        self._tiles = tiles(height), tiles(width)
        self._scales: list[tuple[dict[int, Weight], Known]] = []
        level: Rows = lambda top, bottom: to_linear(original(top, bottom))  # noqa: E731
        for weights in WEIGHTS:
            if min(height, width) < SMALLEST:
                break
            parts, halves = [], []
            for top in range(0, height, BAND_ROWS):
                linear = level(top, min(height, top + BAND_ROWS))
                parts.append(to_xyb(linear, list(weights)))
                halves.append(halve(linear))
            self._scales.append((weights, known(torch.cat(parts, 1))))
            half = torch.cat(halves, 1)
            level, (height, width) = of_tensor(half), half.shape[1:]

    def __call__(self, changed: Rows) -> float:
        """The published score, see ``Scores``. Of pictures with a side below 8 pixels: 100 if equal, else NaN."""
        return self.scores(changed).whole

    def scores(self, changed: Rows) -> Scores:
        """The score of the whole picture and of each tile."""
        if not self._scales:
            height = self._size[0]
            same = torch.equal(self._original(0, height), changed(0, height))
            score = torch.tensor(100.0 if same else float("nan"))
            return Scores(float(score), score.expand(self._tiles))
        level: Rows = lambda top, bottom: to_linear(changed(top, bottom))  # noqa: E731
        whole, by_tile = torch.zeros((), dtype=torch.float64), torch.zeros(self._tiles, dtype=torch.float64)
        for scale, (weights, original) in enumerate(self._scales):
            sums, pixels, half = self._scale(original, level, list(weights), TILE >> scale)
            by_tile += weighted(sums, pixels, weights)
            whole += weighted(sums.sum((-1, -2)), pixels.sum(), weights)
            level = of_tensor(half)
        return Scores(float(100 - lost(whole)), 100 - lost(by_tile))

    def _scale(self, original: Known, changed: Rows, channels: list[int], tile: int) -> tuple[Tensor, Tensor, Tensor]:
        """One scale: sums of the errors' powers by tile, pixels by tile, the changed picture in linear light halved."""
        height, (rows, columns) = original.planes.shape[1], self._tiles
        sums = torch.zeros(2, 3, len(channels), rows, columns, dtype=torch.float64)
        pixels, halves = torch.zeros(rows, columns, dtype=torch.float64), []
        for top in range(0, height, BAND_ROWS):
            bottom = min(height, top + BAND_ROWS)
            first, last = max(0, top - RADIUS), min(height, bottom + RADIUS)
            linear = changed(first, last)
            halves.append(halve(linear[:, top - first : bottom - first]))
            outside = RADIUS - (top - first), RADIUS - (last - bottom)
            around = padded(original.planes[:, first:last], *outside)
            here = Known(*(plane[:, top:bottom] for plane in original))
            found = errors(here, around, padded(to_xyb(linear, channels), *outside))
            squared = found * found
            row_of = (torch.arange(top, bottom) // tile).clamp_(max=rows - 1)
            for power, values in enumerate((found, squared * squared)):
                across = tile_sums(values, columns, tile).double().cpu()
                sums[power].index_add_(2, row_of, across)
            across = tile_sums(torch.ones(bottom - top, found.shape[-1]), columns, tile).double()
            pixels.index_add_(0, row_of, across)
        return sums, pixels, torch.cat(halves, 1)


def of_tensor(x: Tensor) -> Rows:
    """Rows of a picture (3, H, W) in 0…1."""
    return lambda top, bottom: x[:, top:bottom]
