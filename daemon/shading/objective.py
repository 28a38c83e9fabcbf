"""The objective: how far the picture is from the anchor, as the surrogates see it.

For surrogate E, view T, picture x and anchor a the distance is ‖E(T(x+δ)) − E(T(a))‖ / ‖E(T(x)) − E(T(a))‖: 1 where
the optimisation begins, 0 at the anchor. One minus the distance is the *shift*. This follows Shan et al., Nightshade
(IEEE S&P 2024), section 5.2, with the latent space of the surrogates as the feature space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .encoders.surrogate import Surrogate
from .views import View

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


class TowardAnchor:
    """The distance to the anchor's latents, averaged over surrogates, through one view at a time."""

    def __init__(
        self,
        surrogates: Sequence[Surrogate],
        views: Sequence[View],
        original: Tensor,
        anchor: Tensor,
        known: AnchorLatents | None = None,
    ) -> None:
        """``original`` and ``anchor`` (1, 3, h, w) in 0…1, of one size; their latents are computed once for each view.

        ``known`` holds the anchor's latents from earlier jobs; new ones are added to it.
        """
        self.surrogates, self.views = surrogates, views
        self._anchors = {} if known is None else known
        self._original, self._anchor = original, anchor
        self._known: dict[str, list[tuple[Tensor, Tensor]]] = {}
        self._due = torch.zeros(len(views))

    def draw(self, generator: torch.Generator) -> View:
        """The view that is most overdue by its weight, by and large: in few steps chance alone would leave some out."""
        weights = torch.tensor([view.weight for view in self.views])
        self._due += weights / weights.sum()
        chosen = int((self._due + CHANCE * torch.rand(len(weights), generator=generator)).argmax())
        self._due[chosen] -= 1
        return self.views[chosen]

    def __call__(self, shaded: Tensor, view: View) -> Tensor:
        """Scalar distance of ``shaded`` (1, 3, h, w) through a view; lower is nearer."""
        return self._distance(self._latents(shaded, view), view)

    @torch.no_grad()
    def shifts(self, shaded: Tensor, views: Iterable[View], beat: Callable[[], None] = lambda: None) -> Shifts:
        """The shifts of ``shaded`` (1, 3, h, w) through each view. ``beat`` is called between them."""
        found = Shifts({}, {})
        for view in views:
            latents = self._latents(shaded, view)
            found.plain[view.name] = 1 - float(self._distance(latents, view))
            found.coarse[view.name] = 1 - float(self._distance(latents, view, COARSE))
            beat()
        return found

    def _latents(self, picture: Tensor, view: View) -> list[Tensor]:
        """What each surrogate makes of a picture."""
        seen = view.apply(picture)
        return [surrogate.encode(seen) for surrogate in self.surrogates]

    def _distance(self, latents: Sequence[Tensor], view: View, cell: int = 1) -> Tensor:
        """The mean of the surrogates' distances, of means over ``cell`` × ``cell`` latents."""
        if view.name not in self._known:
            self._known[view.name] = self._measure(view)
        distances = []
        for here, (anchor, original) in zip(latents, self._known[view.name], strict=True):
            # A picture that already equals the anchor has nowhere to go: the distance stays 0, not 0/0.
            start = _averaged(original - anchor, cell).norm().clamp_min(1e-6)
            distances.append(_averaged(here - anchor, cell).norm() / start)
        return torch.stack(distances).mean()

    @torch.no_grad()
    def _measure(self, view: View) -> list[tuple[Tensor, Tensor]]:
        """For each surrogate: the anchor's latents and the original's."""
        height, width = self._anchor.shape[-2:]
        keys = [(surrogate.name, view.name, height, width) for surrogate in self.surrogates]
        if any(key not in self._anchors for key in keys):
            self._anchors.update(zip(keys, self._latents(self._anchor, view), strict=True))
        return [(self._anchors[key], here) for key, here in zip(keys, self._latents(self._original, view), strict=True)]


def _averaged(latents: Tensor, cell: int) -> Tensor:
    """Means over ``cell`` × ``cell`` of (1, C, h, w); what is left over at the edges doesn't count."""
    return latents if cell == 1 else F.avg_pool2d(latents, [min(cell, side) for side in latents.shape[-2:]])
