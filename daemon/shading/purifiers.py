"""What a trainer may do to pictures to be rid of a change, or what happens to them by chance.

They are ways of looking at a picture, as ``views.py`` has them, but without a gradient: nothing is optimised through
them, so what survives them was not made to. All by Pillow, with the codecs that everybody has, but for the bilateral
filter.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from .views import Transform, View

Change = Callable[[Image.Image], Image.Image]  # RGB to RGB of the same size


def encoded(kind: str, quality: int) -> Change:
    """Saved as JPEG or WebP and opened again."""

    def through(picture: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        picture.save(buffer, kind, quality=quality)
        return Image.open(buffer).convert("RGB")

    return through


def there_and_back(factor: float) -> Change:
    """Shrunk, at least to one pixel, and enlarged again."""

    def through(picture: Image.Image) -> Image.Image:
        width, height = (max(1, round(side * factor)) for side in picture.size)
        return picture.resize((width, height), Image.Resampling.LANCZOS).resize(picture.size, Image.Resampling.BICUBIC)

    return through


def filtered(by: ImageFilter.Filter) -> Change:
    """Through one of Pillow's filters."""
    return lambda picture: picture.filter(by)


def smoothed(radius: int, colour: float, space: float) -> Transform:
    """The bilateral filter (Tomasi and Manduchi 1998): means over a disc of ``radius`` pixels.

    Pixels weigh by how near they are, in place (deviation ``space``, in pixels) and in colour (deviation ``colour`` of
    the sum of the channels' differences, in the picture's units).
    """

    def through(x: Tensor) -> Tensor:
        total, weights = x.clone(), torch.ones_like(x[:, :1])
        height, width = x.shape[-2:]
        for down in range(min(radius, height - 1) + 1):
            for right in range(-min(radius, width - 1), min(radius, width - 1) + 1):
                squared = down**2 + right**2
                if (down, right) <= (0, 0) or squared > radius**2:
                    continue  # each pair of pixels is looked at once, since its weight serves both
                one = (..., slice(0, height - down), slice(max(0, -right), width - max(0, right)))
                two = (..., slice(down, height), slice(max(0, right), width - max(0, -right)))
                distance = (x[one] - x[two]).abs().sum(1, keepdim=True)
                weight = (-squared / (2 * space**2) - distance.square() / (2 * colour**2)).exp()
                total[one] += weight * x[two]
                total[two] += weight * x[one]
                weights[one] += weight
                weights[two] += weight
        return total / weights

    return through


def _on_tensors(change: Change) -> Transform:
    """From (1, 3, H, W) in 0…1, rounded to 8 bits, to the same."""

    def through(x: Tensor) -> Tensor:
        rounded = (x[0].permute(1, 2, 0) * 255).round().byte().cpu().numpy()
        after = np.array(change(Image.fromarray(rounded)), np.float32) / 255
        return torch.from_numpy(after).permute(2, 0, 1)[None].to(x)

    return through


BILATERAL = smoothed(radius=4, colour=0.1, space=2.0)
PURIFIERS = (
    View("JPEG 50", _on_tensors(encoded("JPEG", 50))),
    View("JPEG 30", _on_tensors(encoded("JPEG", 30))),
    View("WebP 50", _on_tensors(encoded("WEBP", 50))),
    View("×0.5 and back", _on_tensors(there_and_back(0.5))),
    View("Gaussian 1", _on_tensors(filtered(ImageFilter.GaussianBlur(1)))),
    View("median 5", _on_tensors(filtered(ImageFilter.MedianFilter(5)))),
    View("bilateral", BILATERAL),
)
"""Those that a report tells of, for one picture (1, 3, H, W) at a time."""
