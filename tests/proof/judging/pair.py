"""Both judges of a latent space, and what they are worth on pictures that they weren't trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tests.proof.data import Pictures, groups
from tests.proof.judging import latent, pixel
from tests.proof.judging.latent import Reader
from tests.proof.judging.reading import accuracy
from tests.proof.latents import Space
from tests.proof.places import keep
from tests.proof.presets import Preset


@dataclass(frozen=True)
class Judges:
    """``pixel`` is None in a space without a decoder. Accuracies are by class, on the validation pictures."""

    latent: Reader
    pixel: Reader | None
    group_of: Tensor
    latent_accuracy: list[float]
    pixel_accuracy: list[float]

    def accuracies(self, number: int) -> dict[str, float]:
        """What each judge is worth on a class."""
        found = {"latent": self.latent_accuracy, "pixel": self.pixel_accuracy}
        return {judge: round(shares[number], 3) for judge, shares in found.items() if shares}


def open_judges(space: Space, latents: Tensor, pictures: Pictures, preset: Preset, cache: Path) -> Judges:
    """Train both, or take them from the cache."""
    stem = f"{space.name}-{preset.judge_epochs}"
    of_latents = latent.train(latents, preset.judge_epochs, cache / f"judge-latent-{stem}.pt")
    of_pixels = None
    if space.decodes:
        of_pixels = pixel.train(space, latents, cache / f"judge-pixel-{space.name}-{pixel.PICTURES}.pt")
    kept = cache / f"judges-{stem}-{pixel.PICTURES}.pt"
    group_of = groups(pictures.names)
    if not kept.exists():
        val = [space.encode_all(of_class) for of_class in pictures.val]
        found = [accuracy(of_latents, val, group_of), accuracy(of_pixels, val, group_of) if of_pixels else []]
        keep(found, kept)
    return Judges(of_latents, of_pixels, group_of, *torch.load(kept, weights_only=True))
