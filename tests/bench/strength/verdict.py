"""What the bench of methods measures of one shaded picture: how far it came, what is left of that, who sees it.

The shift through T, a view or a purifier, is 1 − ‖E(T(x + δ)) − E(T(a))‖ / ‖E(T(x)) − E(T(a))‖, so that what T itself
does to a picture doesn't count. "Coarse" is the same of latents averaged 4 × 4, which is what survives at high noise.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from daemon.shading import anchors
from daemon.shading.encoders.surrogate import Surrogate
from tests.bench.methods.latents import surrogate
from tests.bench.methods.scaled import opaque, unit
from tests.bench.strength import visible
from tests.bench.strength.pipelines import VIEWS, Through
from tests.judge import shrunk
from tests.proof.judging import readers

READ_AS = {
    "cat": range(281, 286),
    "coffee": (504, 967, 968),
    "rocket": (657, 744, 812),
    "astronaut": (),
    "motorcycle": (665, 670),
    "galaxy": (),
}
"""Target → ImageNet's classes that show it."""
COARSE = 4


@functools.cache
def _readers() -> list[readers.Reader]:
    return readers.load()


def pair(latents: Tensor) -> tuple[Tensor, Tensor]:
    """The latents, and the same averaged 4 × 4."""
    return latents, F.avg_pool2d(latents, COARSE, ceil_mode=True)


class Case:
    """One picture and target. What is known of the untouched picture and the anchor is measured once."""

    def __init__(self, picture: Image.Image, target: str, purifiers: Mapping[str, Through]) -> None:
        self.picture, self.target, self.purifiers = picture, target, purifiers
        self.before = shrunk(opaque(picture))
        goal = anchors.of_target(target).covering(self.before.height, self.before.width)
        self.goal = Image.fromarray((goal[0].permute(1, 2, 0) * 255).round().byte().numpy())
        self._ends: dict[tuple[str, str], list[tuple[Tensor, Tensor]]] = {}
        self._seen: dict[str, tuple[Image.Image, Image.Image]] = {}
        self.sight, self._sight_of_small = visible.Sight(picture), visible.Sight(self.before)
        self._read = [reader.read(unit(self.before)[None])[0] for reader in _readers()]

    @torch.no_grad()
    def _shift(self, judge: Surrogate, name: str, through: Through, after: Image.Image) -> tuple[float, float]:
        """(plain, coarse) shift of what ``through`` made of the shaded picture."""
        if name not in self._seen:
            self._seen[name] = through(self.before), through(self.goal)
        if (judge.name, name) not in self._ends:
            one, two = (pair(judge.encode(unit(image)[None])) for image in self._seen[name])
            self._ends[judge.name, name] = [(one[index], two[index]) for index in range(2)]
        found = pair(judge.encode(unit(after)[None]))
        ends = self._ends[judge.name, name]
        plain, coarse = (
            1 - float((now - goal).norm() / (before - goal).norm().clamp_min(1e-6))
            for now, (before, goal) in zip(found, ends, strict=True)
        )
        return plain, coarse

    def measured(self, shaded: Image.Image, judge: str, unseen: str) -> dict[str, Any]:
        """All figures of a shaded version of the picture, JSON values only; ``judge`` and ``unseen`` name encoders."""
        after = shrunk(opaque(shaded))
        main, other = surrogate(judge), surrogate(unseen)
        views = {name: through(after) for name, through in VIEWS.items()}
        plain = {name: self._shift(main, name, VIEWS[name], view) for name, view in views.items()}
        stranger = {name: self._shift(other, name, VIEWS[name], view) for name, view in views.items()}
        pure = {name: through(after) for name, through in self.purifiers.items()}
        survived = {name: self._shift(main, name, self.purifiers[name], image) for name, image in pure.items()}
        return {
            "views": {name: figures[0] for name, figures in plain.items()},
            "coarse": statistics.mean(figures[1] for figures in plain.values()),
            "unseen": statistics.mean(figures[0] for figures in stranger.values()),
            "unseen coarse": statistics.mean(figures[1] for figures in stranger.values()),
            "purified": {name: figures[0] for name, figures in survived.items()},
            "purified score": {name: self._sight_of_small.score(image) for name, image in pure.items()},
            **self.readings(after),
            **self.sight.measured(shaded),
        }

    def readings(self, after: Image.Image) -> dict[str, float]:
        """Shares of the readers: how many see something else than before, how many see the target."""
        now = [reader.read(unit(after)[None])[0] for reader in _readers()]
        pairs: Sequence[tuple[Tensor, Tensor]] = list(zip(self._read, now, strict=True))
        return {
            "read otherwise": statistics.mean(float(x.argmax() != y.argmax()) for x, y in pairs),
            "read as target": statistics.mean(float(int(y.argmax()) in READ_AS[self.target]) for _, y in pairs),
        }


def path_of(name: str, models: Path) -> str:
    """A judge's or surrogate's reference, by its short name: "embedded", or the file of that encoder in ``models``."""
    return name if name == "embedded" else str((models / f"{name}_encoder.pth").resolve())
