"""An anchor, and how a picture file becomes one: read whole, laid over white."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

LARGEST_PIXELS = 200_000_000  # of an anchor
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for data that is no picture or a damaged one."""


class TooManyPixels(Exception):
    """A picture has more pixels than the reader was told to decode."""


@dataclass(frozen=True)
class Anchor:
    """A picture of a target: what the report says of it, and the picture itself in RGB.

    ``source``: "file" for one job's own, else one of ``concepts.pictures.SOURCES``.
    """

    name: str
    file: str
    sha256: str
    image: Image.Image
    source: str = "file"

    @classmethod
    def of(cls, name: str, file: str, data: bytes, source: str = "file") -> Anchor:
        """The anchor in a picture file's bytes. Raises ``TooManyPixels``, or one of ``UNREADABLE``."""
        return cls(name, file, hashlib.sha256(data).hexdigest(), decoded(data, LARGEST_PIXELS), source)

    def covering(self, height: int, width: int) -> Tensor:
        """(1, 3, height, width) in 0…1: scaled to cover that size, centred, cropped. Anyone can repeat this."""
        scale = max(width / self.image.width, height / self.image.height)
        span = width / scale, height / scale
        # max and min: Pillow refuses a box that leaves the picture by a rounding error
        left, top = max(0.0, (self.image.width - span[0]) / 2), max(0.0, (self.image.height - span[1]) / 2)
        box = (left, top, min(left + span[0], self.image.width), min(top + span[1], self.image.height))
        fitted = self.image.resize((width, height), Image.Resampling.LANCZOS, box)
        return torch.from_numpy(np.array(fitted)).permute(2, 0, 1)[None].float() / 255


def decoded(data: bytes, largest: int) -> Image.Image:
    """A picture file's bytes as RGB over white, as datasets flatten transparent pictures.

    Raises ``TooManyPixels`` before decoding if there are more than ``largest``, or one of ``UNREADABLE``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes are checked right below
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > largest:
                raise TooManyPixels
            return over_white(picture)


def over_white(picture: Image.Image) -> Image.Image:
    """A picture in RGB, what is transparent in white."""
    rgba = picture.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    return white.convert("RGB")
