"""The fit: as strong a change as its SSIMULACRA2 score allows, measured on the rounded result.

The optimisation gives a pattern; how visible the pattern is depends on the picture. So its strength is searched: the
largest factor for which the layer, with the change enlarged to full size and rounded to the layer's own dtype, still
scores at least the intensity's floor. Nothing is taken on trust: the factor used is one whose score was computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..pixels import Canvas, Enlarged
from .ssimulacra2 import Rows, Ssimulacra2

SAMPLE_PIXELS = 1_500_000
STRIPE = 256  # rows; a multiple of the metric's coarsest block
STRONGEST = 2.5
CLOSE_ENOUGH = 0.6  # points above the floor at which the search ends


@dataclass(frozen=True)
class Fit:
    """A strength and the score the layer has with it."""

    strength: float
    score: float


def _over_white(pixels: Canvas) -> Tensor:
    return pixels.over_white(0, pixels.size[0])


class Visibility:
    """Scores one layer with a change laid on it. ``rows`` lists the layer's rows that count, in order."""

    def __init__(self, picture: Canvas, stripes: list[tuple[int, int]]) -> None:
        self.picture, self.stripes = picture, stripes
        height = sum(bottom - top for top, bottom in stripes)
        self.metric = Ssimulacra2(self._rows(picture.over_white), height, picture.size[1])

    @classmethod
    def of(cls, picture: Canvas) -> Visibility:
        """All rows of the layer."""
        return cls(picture, [(0, picture.size[0])])

    @classmethod
    def sample(cls, picture: Canvas) -> Visibility:
        """Evenly spread stripes of a large layer, about 1.5 megapixels; all of a small one."""
        height, width = picture.size
        count = max(2, SAMPLE_PIXELS // (STRIPE * width))
        if height * width <= 1.3 * SAMPLE_PIXELS or count * STRIPE >= height:
            return cls.of(picture)
        tops = [round(index * (height - STRIPE) / (count - 1)) for index in range(count)]
        return cls(picture, [(top, top + STRIPE) for top in tops])

    def _rows(self, source: Rows) -> Rows:
        """Rows of the stripes stacked on one another."""

        def rows(top: int, bottom: int) -> Tensor:
            parts, above = [], 0
            for first, last in self.stripes:
                start, end = max(top - above, 0), min(bottom - above, last - first)
                if start < end:
                    parts.append(source(first + start, first + end))
                above += last - first
            return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

        return rows

    def score(self, change: Enlarged, strength: float) -> float:
        """SSIMULACRA2 of the rounded layer; NaN if the layer is too small for the metric."""

        def shaded(top: int, bottom: int) -> Tensor:
            return _over_white(Canvas(self.picture.shaded(top, bottom, change.rows(top, bottom) * strength)))

        return self.metric(self._rows(shaded))

    @property
    def is_whole(self) -> bool:
        """Whether every row of the layer counts."""
        return self.stripes == [(0, self.picture.size[0])]

    def fit(self, change: Enlarged, floor: float, on_try: Callable[[], None], start: float = 1.0) -> Fit:
        """The strongest change found, up to 2.5 times, that scores at least ``floor``. ``on_try`` precedes each try.

        100 − score grows roughly as a power of the strength, so each try is the last one corrected by that power. If
        the layer is too small for the metric, the change is used as it is; the hard limit of 8/255 holds anyway.
        """
        best = Fit(0.0, 100.0)
        strength, power, last = start, 1.0, None
        for _ in range(8):
            on_try()
            score = self.score(change, strength)
            if math.isnan(score):
                return Fit(1.0, score)
            if score >= floor and strength > best.strength:
                best = Fit(strength, score)
                if score <= floor + CLOSE_ENOUGH or strength >= STRONGEST:
                    break
            lost = max(100.0 - score, 1e-3)
            if last and last[0] != strength and last[1] != lost:
                slope = math.log(lost / last[1]) / math.log(strength / last[0])
                power = min(3.0, max(0.4, slope))
            last = (strength, lost)
            aimed = strength * ((100.0 - floor - CLOSE_ENOUGH / 2) / lost) ** (1 / power)
            strength = min(STRONGEST, max(aimed, strength / 4))
        return best
