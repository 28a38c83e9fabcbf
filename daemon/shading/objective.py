"""The objective: how far the picture is from the anchor, as the surrogates see it.

For surrogate E, view T, picture x and anchor a the distance is ‖E(T(x+δ)) − E(T(a))‖ / ‖E(T(x)) − E(T(a))‖: 1 where
the optimisation begins, 0 at the anchor. One minus the distance is the *shift*. This follows Shan et al., Nightshade
(IEEE S&P 2024), section 5.2, with the latent space of the surrogates as the feature space.

Every surrogate costs a step as much again. So where there are more than two, only some of them look at each step and
the others wait for their turn: what a step costs has a limit, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .encoders.surrogate import Surrogate
from .views import View

FEW = 2  # surrogates that all look at every step
CHANCE = 0.5  # of a turn: how much luck decides which view is next
COARSE = 4  # latents each way whose mean a coarse shift looks at
AnchorLatents = dict[tuple[str, str, int, int], Tensor]
"""One anchor's latents on one device, by (surrogate, view, height, width). Jobs can share them."""


class Shifts(NamedTuple):
    """Shares of the way to the anchor, by the view's name: of the latents, and of their means over 4 × 4.

    A model that learns what is large, or in few steps, goes by the coarse ones.
    """

    plain: dict[str, float]
    coarse: dict[str, float]


@dataclass(frozen=True)
class Look:
    """How a step sees the picture: through which view, with which surrogates, and how much each of them counts."""

    view: View
    surrogates: tuple[Surrogate, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Finish:
    """Surrogates that are too slow for every step: after so many steps, each of the others is seen by one of them."""

    surrogates: tuple[Surrogate, ...] = ()
    after: int = 0


class Turns:
    """Who is next: by and large those most overdue by their share. Chance alone would leave some out in few steps."""

    def __init__(self, shares: Tensor) -> None:
        """``shares``: how often each is wanted, 0…1 a draw."""
        self._shares, self._due = shares, torch.zeros(len(shares))

    def draw(self, count: int, generator: torch.Generator) -> list[int]:
        """The places of ``count`` of them, in ascending order."""
        self._due += self._shares
        luck = CHANCE * torch.rand(len(self._due), generator=generator)
        chosen = (self._due + luck).argsort(descending=True, stable=True)[:count].sort().values
        self._due[chosen] -= 1
        return chosen.tolist()


def shares(weights: Sequence[float], count: int) -> Tensor:
    """How often each is to be among ``count`` of them: by its weight, but never more than always."""
    given, always = torch.tensor(weights), torch.zeros(len(weights), dtype=torch.bool)
    while True:
        found = (count - int(always.sum())) * given / given[~always].sum()
        found[always] = 1
        if not bool((found > 1).any()):
            return found
        always |= found > 1


class TowardAnchor:
    """The distance to the anchor's latents, averaged over surrogates by their weight, through one view at a time."""

    def __init__(
        self,
        surrogates: Sequence[Surrogate],
        views: Sequence[View],
        original: Tensor,
        anchor: Tensor,
        known: AnchorLatents | None = None,
        at_once: int = FEW,
        finish: Finish = Finish(),
    ) -> None:
        """``original`` and ``anchor`` (1, 3, h, w) in 0…1, of one size; their latents are computed once for each view.

        ``known`` holds the anchor's latents from earlier jobs; new ones are added to it. ``at_once``: how many
        surrogates look at a step where there are more than ``FEW``. Those of ``finish`` take no part in shifts.
        """
        self.surrogates, self.views = surrogates, views
        self._anchors = {} if known is None else known
        self._original, self._anchor = original, anchor
        self._originals: dict[tuple[str, str], Tensor] = {}  # its latents, by surrogate and view
        self._at_once = at_once if len(surrogates) > FEW else len(surrogates)
        self._shares = shares([surrogate.weight for surrogate in surrogates], self._at_once)
        self._finish, self._drawn = finish, 0
        self._finishers = Turns(shares([surrogate.weight for surrogate in finish.surrogates], 1))
        self._seers, self._views = Turns(self._shares), Turns(shares([view.weight for view in views], 1))

    def draw(self, generator: torch.Generator) -> Look:
        """The view and the surrogates whose turn it is."""
        view = self.views[self._views.draw(1, generator)[0]]
        self._drawn += 1
        if self._finish.surrogates and self._drawn > self._finish.after:
            slow = self._finish.surrogates[self._finishers.draw(1, generator)[0]]
            return Look(view, (slow,), (slow.weight,))
        if self._at_once == len(self.surrogates):
            return self.whole(view)
        seers = self._seers.draw(self._at_once, generator)
        # Whoever looks rarely for its weight counts the more when it does.
        worth = [self.surrogates[seer].weight / float(self._shares[seer]) for seer in seers]
        return Look(view, tuple(self.surrogates[seer] for seer in seers), tuple(worth))

    def whole(self, view: View) -> Look:
        """All surrogates through one view."""
        return Look(view, tuple(self.surrogates), tuple(surrogate.weight for surrogate in self.surrogates))

    def __call__(self, shaded: Tensor, look: Look) -> Tensor:
        """Scalar distance of ``shaded`` (1, 3, h, w) as one look sees it; lower is nearer."""
        return self._distance(_latents(shaded, look), look)

    @torch.no_grad()
    def shifts(self, shaded: Tensor, views: Iterable[View], beat: Callable[[], None] = lambda: None) -> Shifts:
        """The shifts of ``shaded`` (1, 3, h, w) through each view, by all surrogates. ``beat`` is called between."""
        found = Shifts({}, {})
        for view in views:
            look = self.whole(view)
            latents = _latents(shaded, look)
            found.plain[view.name] = 1 - float(self._distance(latents, look))
            found.coarse[view.name] = 1 - float(self._distance(latents, look, COARSE))
            beat()
        return found

    def _distance(self, latents: Sequence[Tensor], look: Look, cell: int = 1) -> Tensor:
        """The mean of the surrogates' distances, of means over ``cell`` × ``cell`` latents."""
        self._measure(look)
        distances = []
        for here, surrogate in zip(latents, look.surrogates, strict=True):
            anchor, original = (
                self._anchors[self._key(surrogate, look)],
                self._originals[surrogate.name, look.view.name],
            )
            # A picture that already equals the anchor has nowhere to go: the distance stays 0, not 0/0.
            start = _averaged(original - anchor, cell).norm().clamp_min(1e-6)
            distances.append(_averaged(here - anchor, cell).norm() / start)
        weights = torch.tensor(look.weights, device=distances[0].device)
        return (torch.stack(distances) * (weights / weights.sum())).sum()

    @torch.no_grad()
    def _measure(self, look: Look) -> None:
        """The anchor's latents and the original's, for the surrogates that haven't looked through this view yet."""
        view = look.view
        for surrogate in look.surrogates:
            if (surrogate.name, view.name) in self._originals:
                continue
            self._originals[surrogate.name, view.name] = surrogate.encode(view.apply(self._original))
            if self._key(surrogate, look) not in self._anchors:
                self._anchors[self._key(surrogate, look)] = surrogate.encode(view.apply(self._anchor))

    def _key(self, surrogate: Surrogate, look: Look) -> tuple[str, str, int, int]:
        height, width = self._anchor.shape[-2:]
        return surrogate.name, look.view.name, height, width


def _latents(picture: Tensor, look: Look) -> list[Tensor]:
    """What each surrogate of a look makes of a picture."""
    seen = look.view.apply(picture)
    return [surrogate.encode(seen) for surrogate in look.surrogates]


def _averaged(latents: Tensor, cell: int) -> Tensor:
    """Means over ``cell`` × ``cell`` of (1, C, h, w); what is left over at the edges doesn't count."""
    return latents if cell == 1 else F.avg_pool2d(latents, [min(cell, side) for side in latents.shape[-2:]])
