"""The search for strengths: what to try next, given what was seen of the tries before.

100 − score grows roughly as a power of the strength and colours differ in proportion to it, so each try is the last one
corrected: by tile for the score, by patch for colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..change import Enlarged, Strengthened
from ..recipes import Limits
from .errors import tiles
from .ssimulacra2 import Scores

STRONGEST = 4.0
STEEPEST = 1.6  # times a neighbour's strength: a tile is read with its neighbours' strength at its edges
WITHOUT_METRIC = 0.6  # strength where the layer is too small for the metric
CLOSE_ENOUGH = 1.2  # points above the floor at which the search ends
MOST_TILES = 0.8  # share of the tiles that are full when the search ends
AIMED = 0.5  # points above the floor that each try aims at
AIMED_COLOUR = 0.97  # share of what colours may differ that each try aims at
TRIES = 6
RESCUES = 6  # further tries, each weaker, if all of them were too visible
POWER = 1.5  # of the strength, that the points lost grow with, until two tries have shown it


@dataclass(frozen=True)
class Seen:
    """What is seen of a change: the lowest scores over all backgrounds, and the colour difference of each patch."""

    scores: Scores
    colours: Tensor

    def within(self, limits: Limits) -> bool:
        """Whether all of it is allowed."""
        return self.scores.worst >= limits.floor and float(self.colours.max()) <= limits.colour


@dataclass(frozen=True)
class Fit:
    """The change as strong as it may be, and what is seen of the layer with it."""

    change: Strengthened
    seen: Seen

    @property
    def any(self) -> bool:
        """Whether anything of the change is left."""
        return bool((self.change.strength > 0).any())


class Search:
    """The strengths to try next."""

    def __init__(self, change: Enlarged, limits: Limits) -> None:
        """``change`` is what all tries are made of."""
        self.limits, self.tries, self.done = limits, 0, False
        strength = torch.ones(tiles(change.height), tiles(change.width), dtype=torch.float64)
        self.next = Strengthened(change, strength, limits.most)
        nothing = Strengthened(change, torch.zeros_like(strength), limits.most)
        whole = torch.full_like(strength, 100.0)
        self.best = Fit(nothing, Seen(Scores(100.0, whole), torch.zeros_like(strength)))
        self.most = 0.0  # the mean strength of the best
        self.power = torch.full_like(strength, POWER)
        self.last: tuple[Tensor, Tensor] | None = None

    def tell(self, seen: Seen) -> None:
        """What was seen of ``next``: remember it if it is the best so far, and choose another."""
        self.tries += 1
        tried, limits = self.next, self.limits
        if math.isnan(seen.scores.whole):
            weak = torch.full_like(tried.strength, WITHOUT_METRIC)
            self.best, self.done = Fit(Strengthened(tried.change, weak, limits.most), seen), True
            return
        there = tried.at_patches(*seen.colours.shape)
        if seen.within(limits) and float(there.mean()) > self.most:
            self.best, self.most = Fit(tried, seen), float(there.mean())
        exhausted = self.tries >= TRIES
        self.done = self.tries >= TRIES + RESCUES or (self.best.any and (exhausted or self._nothing_left()))
        strength = torch.minimum(self._aimed(tried.strength, seen), tried.strength * 3).clamp(max=STRONGEST)
        caps = (AIMED_COLOUR * limits.colour * there / seen.colours.clamp_min(1e-3)).clamp(max=STRONGEST)
        if exhausted:
            few = self.tries < TRIES + RESCUES // 2
            strength = _weaker(tried.strength, strength, seen.scores.tiles < limits.floor) if few else strength * 0.7
            caps = torch.where(seen.colours > limits.colour, caps * 0.9, caps)
        strength = gentle(torch.maximum(strength, tried.strength / 4))
        self.next = Strengthened(tried.change, strength, limits.most, gentle(caps))

    def _nothing_left(self) -> bool:
        """Whether hardly a tile could take noticeably more."""
        seen, strength = self.best.seen, self.best.change.strength
        held = seen.colours >= 0.93 * self.limits.colour
        full = (seen.scores.tiles <= self.limits.floor + CLOSE_ENOUGH) | (strength >= STRONGEST)
        return float(full.double().mean()) >= MOST_TILES or float(held.double().mean()) >= MOST_TILES

    def _aimed(self, strength: Tensor, seen: Seen) -> Tensor:
        """The strength at which each tile should just keep its score."""
        allowed = 100 - self.limits.floor
        lost = (100 - seen.scores.tiles).clamp_min(1e-3)
        if seen.scores.whole < self.limits.floor and (lost <= allowed).all():  # no tile is to blame, so all are
            lost = lost * (100 - seen.scores.whole) / float(lost.mean())
        if self.last is not None:
            self.power = _power(self.last, (strength, lost), self.power)
        self.last = (strength, lost)
        return strength * ((allowed - AIMED) / lost) ** (1 / self.power)


def _power(one: tuple[Tensor, Tensor], two: tuple[Tensor, Tensor], before: Tensor) -> Tensor:
    """By tile, the power that two tries (strength, points lost) show; ``before`` where they show nothing."""
    steps = (two[0] / one[0]).log()
    shown = (two[1] / one[1]).log() / torch.where(steps.abs() < 0.02, torch.nan, steps)
    return torch.where(shown.isfinite(), shown.clamp(0.6, 2.5), before)


def gentle(strength: Tensor) -> Tensor:
    """Nothing more than ``STEEPEST`` times as strong as the weakest beside it, into which it reaches."""
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
