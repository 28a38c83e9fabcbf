"""How visible a change is, and what it costs in bytes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from tests.bench import jury
from tests.bench.methods.scaled import independent, opaque, over_white, scorer

TILE = 256  # pixels
PATCH = 64


def _starts(length: int, side: int, step: int) -> list[int]:
    """Where pieces of ``side`` begin so that they cover ``length``; the last one ends with it."""
    if length <= side:
        return [0]
    return [*range(0, length - side, step), length - side]


def pieces(size: tuple[int, int], side: int, step: int) -> list[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom) of at most ``side`` pixels that cover a picture of (width, height)."""
    width, height = size
    return [
        (left, top, min(width, left + side), min(height, top + side))
        for top in _starts(height, side, step)
        for left in _starts(width, side, step)
    ]


def weight(image: Image.Image, kind: str) -> int:
    """Bytes as PNG, or as JPEG at quality 90."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 90} if kind == "JPEG" else {"optimize": True}))
    return len(buffer.getvalue())


def colour_difference(one: Image.Image, two: Image.Image) -> np.ndarray:
    """ΔE2000 of each pixel, (H, W), of two pictures over white."""
    from skimage.color import deltaE_ciede2000, rgb2lab  # which takes seconds to import

    return deltaE_ciede2000(*(rgb2lab(over_white(image) / 255) for image in (one, two)))


class Sight:
    """One picture, against which changed versions are held; what is needed of it is measured once."""

    def __init__(self, picture: Image.Image) -> None:
        self.picture = picture
        self.score = scorer(picture)
        self._tiles: list[tuple[tuple[int, int, int, int], Any]] | None = None

    def worst_tile(self, changed: Image.Image) -> float:
        """The lowest SSIMULACRA2 of tiles of 256 px, half overlapping; of a smaller picture that of the whole."""
        if self._tiles is None:
            boxes = pieces(self.picture.size, TILE, TILE // 2)
            self._tiles = [(box, scorer(self.picture.crop(box))) for box in boxes]
        return min(score(changed.crop(box)) for box, score in self._tiles)

    def worst_patch(self, changed: Image.Image) -> float:
        """The highest ΔE2000 of patches of 64 px, half overlapping: of each patch the mean over its pixels."""
        found = colour_difference(self.picture, changed)
        boxes = pieces(self.picture.size, PATCH, PATCH // 2)
        return max(float(found[top:bottom, left:right].mean()) for left, top, right, bottom in boxes)

    def measured(self, changed: Image.Image) -> dict[str, float]:
        """All figures of a changed version; SSIMULACRA2 by the independent package where the size allows it."""
        one, two = opaque(self.picture), opaque(changed)
        return {
            "SSIMULACRA2": independent(self.picture)(changed),
            "by ours": self.score(changed),
            "worst tile": self.worst_tile(changed),
            "FLIP": jury.flip(one, two),
            "worst ΔE": self.worst_patch(changed),
            "PNG": weight(changed, "PNG") / weight(self.picture, "PNG"),
            "JPEG": weight(two, "JPEG") / weight(one, "JPEG"),
        }
