"""How far is the picture from the anchor, as the surrogates see it?

For surrogate E, view T, picture x and anchor a the distance is ‖E(T(x+δ)) − E(T(a))‖ / ‖E(T(x)) − E(T(a))‖: 1 where
the optimisation begins, 0 at the anchor. One minus it is the *shift*. Following Shan et al., Nightshade (IEEE S&P
2024), section 5.2, with the latent space of the surrogates as the feature space.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .surrogates import Surrogate
from .views import View


class TowardAnchor:
    """The distance to the anchor's latents, averaged over surrogates, through one view at a time."""

    def __init__(
        self, surrogates: Sequence[Surrogate], views: Sequence[View], original: Tensor, anchor: Tensor
    ) -> None:
        """``original`` and ``anchor`` are (1, 3, h, w) in 0…1, of one size. Latents of both are computed here, once."""
        self.surrogates, self.views = surrogates, views
        self.targets: list[list[Tensor]] = []
        self.starts: list[list[Tensor]] = []
        with torch.no_grad():
            for view in views:
                anchors = [surrogate.encode(view.apply(anchor)) for surrogate in surrogates]
                here = [surrogate.encode(view.apply(original)) for surrogate in surrogates]
                self.targets.append(anchors)
                # A picture that already equals the anchor has nowhere to go: the distance stays 0, not 0/0.
                self.starts.append([(x - a).norm().clamp_min(1e-6) for x, a in zip(here, anchors, strict=True)])

    def draw(self, generator: torch.Generator) -> int:
        """The number of a view, drawn by weight."""
        weights = torch.tensor([view.weight for view in self.views])
        return int(torch.multinomial(weights, 1, generator=generator))

    def __call__(self, shaded: Tensor, view: int) -> Tensor:
        """Scalar distance of ``shaded`` (1, 3, h, w) through the view with this number; lower is nearer."""
        seen = self.views[view].apply(shaded)
        distances = [
            (surrogate.encode(seen) - target).norm() / start
            for surrogate, target, start in zip(self.surrogates, self.targets[view], self.starts[view], strict=True)
        ]
        return torch.stack(distances).mean()

    @torch.no_grad()
    def shifts(self, shaded: Tensor) -> dict[str, float]:
        """The shift through every view, by the view's name."""
        return {view.name: 1 - float(self(shaded, index)) for index, view in enumerate(self.views)}
