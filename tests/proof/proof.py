"""Everything that a run needs, opened once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import Tensor

from tests.proof import data
from tests.proof.judging.pair import Judges, open_judges
from tests.proof.latents import Space, open_space
from tests.proof.presets import PER_CLASS, Preset


@dataclass
class Proof:
    """Pictures, the space, its clean latents (classes, 500, 2 mirrorings, 32, 8, 8) in float16, the judges."""

    cache: Path
    preset: Preset
    pictures: data.Pictures
    space: Space
    latents: Tensor
    engine: str = ""  # an earlier state of the product's engine, whose attacks are taken from the cache
    processes: int = 1  # that shade side by side

    @cached_property
    def judges(self) -> Judges:
        """Trained when they are first asked for, unless the cache has them."""
        return open_judges(self.space, self.latents, self.pictures, self.preset, self.cache)

    @classmethod
    def open(cls, cache: Path, preset: Preset, space: str, engine: str = "", processes: int = 1) -> Proof:
        """Raises ``Missing`` where pictures or weights aren't."""
        pictures = data.load(cache, most=preset.pictures)
        if preset.pictures < PER_CLASS:  # what is made of fewer pictures must not be taken for the whole
            cache = cache / f"{preset.pictures}-pictures"
        opened, latents = open_space(space, pictures, cache)
        return cls(cache, preset, pictures, opened, latents, engine, processes)
