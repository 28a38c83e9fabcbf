"""What a trainer may do to pictures, by chance or on purpose, before a model sees them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from daemon.shading.purifiers import Change, encoded, filtered, there_and_back


def image(picture: Tensor) -> Image.Image:
    """(3, H, W) uint8 as an image."""
    return Image.fromarray(picture.permute(1, 2, 0).contiguous().numpy())


def tensor(picture: Image.Image) -> Tensor:
    """An image as (3, H, W) uint8."""
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).contiguous()


def resized(picture: Tensor, side: int) -> Tensor:
    """(3, H, W) uint8 → (3, side, side)."""
    return tensor(image(picture).resize((side, side), Image.Resampling.LANCZOS))


def _on_tensors(change: Change) -> Callable[[Tensor], Tensor]:
    return lambda picture: tensor(change(image(picture)))


PURIFIERS: dict[str, Callable[[Tensor], Tensor]] = {
    "JPEG 75": _on_tensors(encoded("JPEG", 75)),
    "JPEG 50": _on_tensors(encoded("JPEG", 50)),
    "WebP 50": _on_tensors(encoded("WEBP", 50)),
    "×0.5 and back": _on_tensors(there_and_back(0.5)),
    "Gaussian 1": _on_tensors(filtered(ImageFilter.GaussianBlur(1))),
    "median 3": _on_tensors(filtered(ImageFilter.MedianFilter(3))),
}
"""Name → (3, H, W) uint8 to the same size and type."""
