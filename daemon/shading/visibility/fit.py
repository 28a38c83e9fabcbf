"""The fit: as strong a change as its limits allow, measured on the rounded result.

The optimisation gives a pattern; how visible the pattern is depends on the place. So its strength is searched: for each
tile the largest factor for which the layer, with the change enlarged to full size and rounded to the layer's own dtype,
keeps its SSIMULACRA2, in every tile and as a whole, over white and, where the layer isn't opaque, over black too; and
for each patch a cap on that factor, so that no patch's colours differ by more than they may. Nothing is taken on trust:
the factors used were measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ..change import Enlarged, Strengthened
from ..pixels import BAND_ROWS, Canvas
from ..recipes import Limits
from .colour import Colours
from .search import Fit, Search, Seen
from .ssimulacra2 import Scores, Ssimulacra2

CPU = torch.device("cpu")
LARGE = 4_000_000  # pixels, above which fewer of them are compared by colour


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

    def _compared(self) -> Iterator[tuple[int, int, Colours]]:
        """Bands of (top, bottom, the original's colours)."""
        height = self.picture.size[0]
        for top in range(0, height, BAND_ROWS):
            bottom = min(height, top + BAND_ROWS)
            rows = self.picture.over(1.0, top, bottom).to(self.on)
            yield top, bottom, Colours(rows, stride=self.stride)

    def _colours(self, change: Strengthened) -> Tensor:
        """(rows, columns): the difference of each patch, over white."""
        bands = []
        for top, bottom, differences in self.compared:
            after = self._shaded(change, top, bottom).over(1.0, 0, bottom - top).to(self.on)
            bands.append(differences(after).cpu())
        return torch.cat(bands).double()

    def fit(self, change: Enlarged, limits: Limits, on_try: Callable[[], None]) -> Fit:
        """The strongest change found that keeps within the limits everywhere. ``on_try`` precedes each try.

        If the layer is too small for the metric, a fixed part of the change is used.
        """
        search = Search(change, limits)
        while not search.done:
            on_try()
            search.tell(self.seen(search.next))
        return search.best
