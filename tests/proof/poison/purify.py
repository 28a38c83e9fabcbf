"""What a trainer may do to pictures, by chance or on purpose, before a model sees them."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor


def image(picture: Tensor) -> Image.Image:
    """(3, H, W) uint8 as an image."""
    return Image.fromarray(picture.permute(1, 2, 0).contiguous().numpy())


def tensor(picture: Image.Image) -> Tensor:
    """An image as (3, H, W) uint8."""
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).contiguous()


def resized(picture: Tensor, side: int) -> Tensor:
    """(3, H, W) uint8 → (3, side, side)."""
    return tensor(image(picture).resize((side, side), Image.Resampling.LANCZOS))


def _encoded(kind: str, quality: int) -> Callable[[Tensor], Tensor]:
    def through(picture: Tensor) -> Tensor:
        buffer = io.BytesIO()
        image(picture).save(buffer, kind, quality=quality)
        return tensor(Image.open(buffer))

    return through


def _there_and_back(factor: float) -> Callable[[Tensor], Tensor]:
    def through(picture: Tensor) -> Tensor:
        whole = image(picture)
        small = whole.resize((round(whole.width * factor), round(whole.height * factor)), Image.Resampling.LANCZOS)
        return tensor(small.resize(whole.size, Image.Resampling.BICUBIC))

    return through


def _filtered(by: ImageFilter.Filter) -> Callable[[Tensor], Tensor]:
    return lambda picture: tensor(image(picture).filter(by))


PURIFIERS: dict[str, Callable[[Tensor], Tensor]] = {
    "JPEG 75": _encoded("JPEG", 75),
    "JPEG 50": _encoded("JPEG", 50),
    "WebP 50": _encoded("WEBP", 50),
    "×0.5 and back": _there_and_back(0.5),
    "Gaussian 1": _filtered(ImageFilter.GaussianBlur(1)),
    "median 3": _filtered(ImageFilter.MedianFilter(3)),
}
"""Name → (3, H, W) uint8 to the same size and type."""
