"""The one anchor of a target: a labelled photograph, as a file for the engine and as latents for blends, or another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from tests.proof.data import SIDE, Pictures
from tests.proof.judging.latent import Reader
from tests.proof.latents import Space, both_ways
from tests.proof.places import BESIDE, needed

FILES = {
    "school bus": "779_school_bus.jpg",
    "pizza": "963_pizza,_pizza_pie.jpg",
    "goldfish": "001_goldfish,_Carassius_auratus.jpg",
}


def file(target: str, cache: Path) -> Path:
    """The photograph, cut to a square about its middle so that it looks the same at any square size, as PNG."""
    kept = cache / f"anchor-{target.replace(' ', '-')}.png"
    if not kept.exists():
        source = needed(BESIDE / "data" / "photographs" / FILES[target], "the labelled photographs")
        with Image.open(source) as image:
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            image.convert("RGB").crop((left, top, left + side, top + side)).save(kept)
    return kept


def pixels(target: str, cache: Path, side: int = SIDE) -> Tensor:
    """(3, side, side) uint8."""
    with Image.open(file(target, cache)) as image:
        small = image.resize((side, side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1)


def latents(target: str, space: Space, cache: Path) -> Tensor:
    """(2 mirrorings, 32, 8, 8), standardised."""
    return space.encode_all(both_ways(pixels(target, cache)[None])[0])


def typical(target: str, space: Space, judge: Reader, pictures: Pictures) -> Tensor:
    """(2 mirrorings, 32, 8, 8) of the validation picture of the target that the judge is surest of."""
    number = pictures.index(target)
    latents = space.encode_all(pictures.val[number])
    best = int(judge(latents)[:, number].argmax())
    return space.encode_all(both_ways(pictures.val[number][best][None])[0])
