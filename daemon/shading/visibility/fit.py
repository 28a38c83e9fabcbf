"""The fit: as strong a change as its limits allow, measured on the rounded result.

The optimisation gives a pattern; how visible the pattern is depends on the place. So its strength is searched: for each
tile the largest factor for which the layer, with the change enlarged to full size and rounded to the layer's own dtype,
keeps its SSIMULACRA2, in every tile and as a whole, over white and, where the layer isn't opaque, over black too, and
no patch's colours differ by more than they may. Nothing is taken on trust: the factors used were measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..change import Enlarged, Strengthened
from ..pixels import BAND_ROWS, Canvas
from ..recipes import Limits
from .colour import PATCH, Weights, difference, patch_means, sensitivity, weights
from .errors import TILE, tiles
from .ssimulacra2 import Scores, Ssimulacra2

CPU = torch.device("cpu")
STRONGEST = 4.0
STEEPEST = 1.6  # times a neighbour's strength: a tile is read with its neighbours' strength at its edges
WITHOUT_METRIC = 0.3  # strength where the layer is too small for the metric
CLOSE_ENOUGH = 1.2  # points above the floor at which the search ends
MOST_TILES = 0.8  # share of the tiles that are full when the search ends
AIMED = 0.5  # points above the floor that each try aims at
TRIES = 6
RESCUES = 6  # further tries, each weaker, if all of them were too visible
LARGE = 4_000_000  # pixels, above which fewer of them are compared by colour
POWER = 1.5  # of the strength, that the points lost grow with, until two tries have shown it


@dataclass(frozen=True)
class Seen:
    """What is seen of a change: the lowest scores over all backgrounds, and the largest colour difference by tile."""

    scores: Scores
    colours: Tensor

    def within(self, limits: Limits) -> bool:
        """Whether all of it is allowed."""
        return self.scores.worst >= limits.floor and float(self.colours.max()) <= limits.colour


@dataclass(frozen=True)
class Fit:
    """The strength of each tile (rows, columns), and what is seen of the layer with it."""

    strength: Tensor
    seen: Seen

    @property
    def any(self) -> bool:
        """Whether anything of the change is left."""
        return bool((self.strength > 0).any())


class Visibility:
    """Scores one layer with a change laid on it, over white and where it makes a difference over black."""

    def __init__(self, picture: Canvas, on: torch.device = CPU) -> None:
        """Scores are computed ``on`` a device; the layer itself stays where it is."""
        self.picture, self.on = picture, on
        self.stride = 2 if picture.size[0] * picture.size[1] <= LARGE else 4
        self.compared = list(self._compared())
        self.backgrounds = (1.0,) if picture.is_opaque else (1.0, 0.0)
        size = picture.size
        self.metrics = [
            Ssimulacra2(lambda top, bottom, gray=gray: picture.over(gray, top, bottom).to(on), *size)
            for gray in self.backgrounds
        ]

    def seen(self, change: Strengthened) -> Seen:
        """What is seen of the rounded layer. Scores are NaN if it is too small for the metric."""
        found = []
        for gray, metric in zip(self.backgrounds, self.metrics, strict=True):

            def shaded(top: int, bottom: int, gray: float = gray) -> Tensor:
                return self._shaded(change, top, bottom).over(gray, 0, bottom - top).to(self.on)

            found.append(metric.scores(shaded))
        scores = Scores(min(each.whole for each in found), torch.stack([each.tiles for each in found]).amin(0))
        return Seen(scores, self._colours(change))

    def _shaded(self, change: Strengthened, top: int, bottom: int) -> Canvas:
        return Canvas(self.picture.shaded(top, bottom, change.rows(top, bottom)))

    def _compared(self) -> Iterator[tuple[int, int, Weights, Tensor]]:
        """Bands of (top, bottom, the original's colours, how much differences count), every ``stride``-th pixel."""
        height, stride = self.picture.size[0], self.stride
        for top in range(0, height, BAND_ROWS):
            bottom = min(height, top + BAND_ROWS)
            rows = self.picture.over(1.0, top, bottom).to(self.on)
            yield top, bottom, weights(rows[:, ::stride, ::stride]), sensitivity(rows)[::stride, ::stride]

    def _colours(self, change: Strengthened) -> Tensor:
        """(rows, columns): the largest difference of a patch in each tile, over white."""
        (height, width), stride = self.picture.size, self.stride
        bands = []
        for top, bottom, original, counts in self.compared:
            after = self._shaded(change, top, bottom).over(1.0, 0, bottom - top)[:, ::stride, ::stride].to(self.on)
            bands.append(patch_means(difference(original, after) * counts, PATCH // stride).cpu())
        patches = torch.cat(bands)
        rows, columns = tiles(height), tiles(width)
        down, across = (
            (torch.arange(count) * PATCH // TILE).clamp_(max=most - 1)
            for count, most in zip(patches.shape, (rows, columns), strict=True)
        )
        place = (down[:, None] * columns + across).flatten()
        worst = torch.zeros(rows * columns).scatter_reduce_(0, place, patches.flatten(), "amax")
        return worst.view(rows, columns).double()

    def fit(self, change: Enlarged, limits: Limits, on_try: Callable[[], None]) -> Fit:
        """The strongest change found that keeps within the limits everywhere. ``on_try`` precedes each try.

        100 − score grows roughly as a power of the strength and colours differ in proportion to it, so each try is the
        last one corrected, tile by tile. If the layer is too small for the metric, a fixed part of the change is used.
        """
        search = _Search(torch.ones(tiles(change.height), tiles(change.width), dtype=torch.float64), limits)
        while not search.done:
            on_try()
            search.tell(self.seen(Strengthened(change, search.strength, limits.most)))
        return search.best


class _Search:
    """The strengths to try next."""

    def __init__(self, strength: Tensor, limits: Limits) -> None:
        self.strength, self.limits, self.tries = strength, limits, 0
        whole = torch.full_like(strength, 100.0)
        self.best = Fit(torch.zeros_like(strength), Seen(Scores(100.0, whole), torch.zeros_like(strength)))
        self.power = torch.full_like(strength, POWER)
        self.last: tuple[Tensor, Tensor] | None = None
        self.done = False

    def tell(self, seen: Seen) -> None:
        """What was seen with ``strength``: remember it if it is the best so far, and choose the next."""
        self.tries += 1
        if math.isnan(seen.scores.whole):
            self.best, self.done = Fit(torch.full_like(self.strength, WITHOUT_METRIC), seen), True
            return
        if seen.within(self.limits) and self.strength.mean() > self.best.strength.mean():
            self.best = Fit(self.strength, seen)
        exhausted = self.tries >= TRIES
        self.done = self.tries >= TRIES + RESCUES or (self.best.any and (exhausted or self._nothing_left()))
        aimed = torch.minimum(self._aimed(seen), self.strength * 3).clamp(max=STRONGEST)
        if exhausted:
            failed = (seen.scores.tiles < self.limits.floor) | (seen.colours > self.limits.colour)
            few = self.tries < TRIES + RESCUES // 2
            aimed = _weaker(self.strength, aimed, failed) if few else self.strength * 0.7
        self.strength = _gentle(torch.maximum(aimed, self.strength / 4))

    def _nothing_left(self) -> bool:
        """Whether hardly a tile could take noticeably more."""
        seen = self.best.seen
        full = seen.scores.tiles <= self.limits.floor + CLOSE_ENOUGH
        full |= (seen.colours >= 0.93 * self.limits.colour) | (self.best.strength >= STRONGEST)
        return float(full.double().mean()) >= MOST_TILES

    def _aimed(self, seen: Seen) -> Tensor:
        """The strength at which each tile should just keep within its limits."""
        allowed = 100 - self.limits.floor
        lost = (100 - seen.scores.tiles).clamp_min(1e-3)
        if seen.scores.whole < self.limits.floor and (lost <= allowed).all():  # no tile is to blame, so all are
            lost = lost * (100 - seen.scores.whole) / float(lost.mean())
        if self.last is not None:
            self.power = _power(self.last, (self.strength, lost), self.power)
        self.last = (self.strength, lost)
        by_score = ((allowed - AIMED) / lost) ** (1 / self.power)
        return self.strength * torch.minimum(by_score, 0.97 * self.limits.colour / seen.colours.clamp_min(1e-3))


def _power(one: tuple[Tensor, Tensor], two: tuple[Tensor, Tensor], before: Tensor) -> Tensor:
    """By tile, the power that two tries (strength, points lost) show; ``before`` where they show nothing."""
    steps = (two[0] / one[0]).log()
    shown = (two[1] / one[1]).log() / torch.where(steps.abs() < 0.02, torch.nan, steps)
    return torch.where(shown.isfinite(), shown.clamp(0.6, 2.5), before)


def _gentle(strength: Tensor) -> Tensor:
    """No tile more than ``STEEPEST`` times as strong as the weakest beside it, into which it reaches."""
    for _ in range(max(strength.shape)):
        weakest = -F.max_pool2d(-strength[None, None], 3, 1, 1)[0, 0]
        gentler = torch.minimum(strength, STEEPEST * weakest)
        if torch.equal(gentler, strength):
            break
        strength = gentler
    return strength


def _weaker(strength: Tensor, aimed: Tensor, failed: Tensor) -> Tensor:
    """Tiles that are too visible are weakened, their neighbours, which reach into them, a little; if none is, all."""
    if not failed.any():
        return strength * 0.95
    around = F.max_pool2d(failed[None, None].double(), 3, 1, 1)[0, 0] > 0
    weaker = torch.minimum(aimed, strength * 0.9)
    return torch.where(failed, weaker, torch.where(around, strength * 0.95, strength))
