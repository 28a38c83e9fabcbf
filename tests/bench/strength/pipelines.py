"""What training pipelines do to a picture before an encoder sees it, by Pillow, as ``tests/judge.py`` begins it."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageOps

from daemon.shading.purifiers import encoded
from tests import judge

Through = Callable[[Image.Image], Image.Image]
"""A picture in RGB to another, of any size."""

SHORTER = 256  # pixels: the smallest that large scraped sets were shrunk to
CUT = (5, 11)  # pixels on the left and above: off every encoder's grid


def _standard(name: str) -> Through:
    return lambda image: next(view for found, view in judge.views(image) if found == name)


def _small(image: Image.Image) -> Image.Image:
    return encoded("JPEG", 85)(judge.shrunk(image, SHORTER))


def _cropped(image: Image.Image) -> Image.Image:
    return image.crop((*CUT, image.width - image.width // 8, image.height - image.height // 8))


def _three(image: Image.Image) -> Image.Image:
    smaller = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)
    return encoded("JPEG", 75)(ImageOps.mirror(smaller))


VIEWS: dict[str, Through] = {
    **{name: _standard(name) for name in ("none", "JPEG 90", "JPEG 75", "×0.75", "×0.5")},
    "256 px, JPEG 85": _small,
    "crop": _cropped,
    "×0.75, mirrored, JPEG 75": _three,
}
