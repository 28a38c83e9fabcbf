"""Pictures of the targets, to whose latents the optimisation moves.

Offline they are the photographs in scikit-image's wheel (public domain and CC0; the wheel's own README names the
sources). An artist can bring another picture for one job (``--anchor``).
"""

from __future__ import annotations

import hashlib
import os
import warnings
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from .. import concepts
from ..errors import ShadingError

LARGEST_PIXELS = 200_000_000  # of an artist's own anchor


@dataclass(frozen=True)
class Anchor:
    """A picture of a target: what the report says of it, and the picture itself in RGB."""

    name: str
    file: str
    sha256: str
    image: Image.Image

    def covering(self, height: int, width: int) -> Tensor:
        """(1, 3, height, width) in 0…1: scaled to cover that size, centred, cropped. Anyone can redo this."""
        scale = max(width / self.image.width, height / self.image.height)
        span = width / scale, height / scale
        # max and min: Pillow refuses a box that leaves the picture by a rounding error
        left, top = max(0.0, (self.image.width - span[0]) / 2), max(0.0, (self.image.height - span[1]) / 2)
        box = (left, top, min(left + span[0], self.image.width), min(top + span[1], self.image.height))
        fitted = self.image.resize((width, height), Image.Resampling.LANCZOS, box)
        return torch.from_numpy(np.array(fitted)).permute(2, 0, 1)[None].float() / 255


def photographs() -> Path:
    """The folder of scikit-image's photographs, found without importing it. Raises ``ShadingError`` if it's absent."""
    try:
        return Path(str(distribution("scikit-image").locate_file("skimage/data")))
    except PackageNotFoundError as error:
        raise ShadingError(
            "model_missing", "The pictures of the targets are missing.", "Run install.py again."
        ) from error


def of_target(target: str) -> Anchor:
    """The anchor of one of ``concepts.TARGETS``. Raises ``ShadingError`` for another name or a missing file."""
    if target not in concepts.PHOTOGRAPHS:
        names = ", ".join(concepts.TARGETS)
        hint = f"Choose one of {names}, or bring an anchor."
        raise ShadingError("unsupported", f"There is no picture of “{target}”.", hint)
    return _read(photographs() / concepts.PHOTOGRAPHS[target], target)


def of_file(path: str) -> Anchor:
    """An artist's own anchor. Raises ``ShadingError`` if it can't be read as a picture."""
    place = Path(os.path.expanduser(path))
    return _read(place, place.stem)


def _read(path: Path, name: str) -> Anchor:
    try:
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sizes are checked right below
            with Image.open(path) as picture:
                if picture.width * picture.height > LARGEST_PIXELS:
                    raise ShadingError("too_large", f"The anchor {path.name} is too large.", "Scale it down first.")
                rgba = picture.convert("RGBA")
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ShadingError(
            "bad_request", f"The anchor {path} can't be read as a picture.", "Choose a PNG, JPEG, WebP or TIFF file."
        ) from error
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    return Anchor(name, path.name, hashlib.sha256(data).hexdigest(), white.convert("RGB"))
