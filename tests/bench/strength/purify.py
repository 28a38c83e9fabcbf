"""What a trainer may do to pictures to be rid of a change, or what happens to them by chance.

The first six are the proof's own, so both speak of the same thing. Random ones draw the same for every picture.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch.nn import functional as F

from daemon.shading.purifiers import BILATERAL, encoded, filtered, there_and_back
from tests.bench.strength.adverse_cleaner import cleaned
from tests.bench.strength.pipelines import Through
from tests.proof.latents import Space
from tests.proof.poison.purify import PURIFIERS as PROVEN
from tests.proof.poison.purify import image, tensor

MULTIPLE = 32  # pixels, of what the encoder of the round trip takes


def _proven(name: str) -> Through:
    return lambda picture: image(PROVEN[name](tensor(picture)))


def _on_floats(change: Callable[[np.ndarray], np.ndarray]) -> Through:
    """From (H, W, 3) in 0…1 to the same."""

    def through(picture: Image.Image) -> Image.Image:
        found = change(np.asarray(picture.convert("RGB"), np.float32) / 255)
        return Image.fromarray((found.clip(0, 1) * 255).round().astype(np.uint8))

    return through


def _total_variation(weight: float) -> Through:
    def change(x: np.ndarray) -> np.ndarray:
        from skimage.restoration import denoise_tv_chambolle  # which takes seconds to import

        return denoise_tv_chambolle(x, weight, channel_axis=-1)

    return _on_floats(change)


def _noise_then_means(x: np.ndarray) -> np.ndarray:
    """Noise of deviation .05, which is then taken out by non-local means, and the change with it."""
    from skimage.restoration import denoise_nl_means

    noisy = x + np.random.default_rng(0).normal(0, 0.05, x.shape).astype(np.float32)
    return denoise_nl_means(noisy, 5, 6, h=0.04, sigma=0.05, fast_mode=True, channel_axis=-1)


def _bilateral(picture: Image.Image) -> Image.Image:
    return image((BILATERAL(tensor(picture)[None] / 255)[0] * 255).round().byte())


@functools.cache
def _space() -> Space:
    return Space("taef2")


def _round_trip(picture: Image.Image) -> Image.Image:
    """Through TAEF2's encoder and decoder. Raises ``Missing`` where their weights aren't."""
    x = tensor(picture)[None].float() / 255
    height, width = x.shape[-2:]
    with torch.no_grad():
        padded = F.pad(x, (0, -width % MULTIPLE, 0, -height % MULTIPLE), mode="replicate")
        decoded = _space().decode(_space().encode(padded))[0, :, :height, :width]
    return image((decoded * 255).round().byte())


PURIFIERS: dict[str, Through] = {
    **{name: _proven(name) for name in PROVEN},
    "JPEG 30": encoded("JPEG", 30),
    "×0.75 and back": there_and_back(0.75),
    "median 5": filtered(ImageFilter.MedianFilter(5)),
    "bilateral": _bilateral,
    "TV 0.05": _total_variation(0.05),
    "TV 0.1": _total_variation(0.1),
    "noise, non-local means": _on_floats(_noise_then_means),
    "AdverseCleaner": _on_floats(cleaned),
    "TAEF2 round trip": _round_trip,
}
"""Name → what it makes of a picture in RGB, of the same size."""

QUICK = ("JPEG 50", "JPEG 30", "WebP 50", "×0.5 and back", "median 5", "Gaussian 1", "TV 0.1", "noise, non-local means")
"""Those of a quick run: cheap, and the strongest of their kinds."""
