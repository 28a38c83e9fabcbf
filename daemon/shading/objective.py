"""The objective: how far the picture is from the anchor, as the surrogates see it.

For surrogate E, view T, picture x and anchor a the distance is ‖E(T(x+δ)) − E(T(a))‖ / ‖E(T(x)) − E(T(a))‖: 1 where
the optimisation begins, 0 at the anchor. One minus the distance is the *shift*. This follows Shan et al., Nightshade
(IEEE S&P 2024), section 5.2, with the latent space of the surrogates as the feature space.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .encoders.surrogate import Surrogate
from .views import View

CHANCE = 0.5  # of a turn: how much luck decides which view is next
AnchorLatents = dict[tuple[str, str, int, int], Tensor]
"""One anchor's latents on one device, by (surrogate, view, height, width). Jobs can share them."""


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
        if view.name not in self._known:
            self._known[view.name] = self._measure(view)
        seen = view.apply(shaded)
        distances = [
            (surrogate.encode(seen) - target).norm() / start
            for surrogate, (target, start) in zip(self.surrogates, self._known[view.name], strict=True)
        ]
        return torch.stack(distances).mean()

    @torch.no_grad()
    def shifts(self, shaded: Tensor, views: Sequence[View]) -> dict[str, float]:
        """The shift through each view, by the view's name."""
        return {view.name: 1 - float(self(shaded, view)) for view in views}

    @torch.no_grad()
    def _measure(self, view: View) -> list[tuple[Tensor, Tensor]]:
        """For each surrogate: the anchor's latents, and how far the original is from them."""
        here = view.apply(self._original)
        height, width = self._anchor.shape[-2:]
        measured = []
        for surrogate in self.surrogates:
            key = (surrogate.name, view.name, height, width)
            if key not in self._anchors:
                self._anchors[key] = surrogate.encode(view.apply(self._anchor))
            target = self._anchors[key]
            # A picture that already equals the anchor has nowhere to go: the distance stays 0, not 0/0.
            measured.append((target, (surrogate.encode(here) - target).norm().clamp_min(1e-6)))
        return measured
