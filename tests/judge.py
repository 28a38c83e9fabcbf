"""Encoders outside the optimisation, as judges of what it did.

TAEF2 is the teacher that the embedded surrogate imitates; TAESANA has nothing to do with it.

A judge answers the question of DESIGN's word *shift* for finished pictures: how much of the way to the anchor does a
training pipeline see? The views here are the real ones, Pillow's JPEG and Pillow's resize, not the differentiable
copies of them inside the engine.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from daemon.shading import anchors
from daemon.shading.encoders import taesd

SIDE = 512  # pixels on the shorter side, at which models are trained; larger pictures are shrunk to it first
STANDARD = ("cat", "coffee", "rocket", "astronaut", "motorcycle", "galaxy")  # what latents are standardised on
MULTIPLE = 32


def shrunk(image: Image.Image, side: int = SIDE) -> Image.Image:
    """The picture with a shorter side of at most ``side`` pixels."""
    scale = min(1.0, side / min(image.size))
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BICUBIC)


def views(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """The five views of the report, of a picture already shrunk."""
    yield "none", image
    yield "JPEG 90", _jpeg(image, 90)
    yield "JPEG 75", _jpeg(image, 75)
    yield "×0.75", _scaled(image, 0.75)
    yield "×0.5", _scaled(image, 0.5)


def tensor(image: Image.Image) -> Tensor:
    """(1, 3, H, W) in 0…1."""
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None].float() / 255


class Judge:
    """A TAESD-family encoder in bfloat16; latents standardised per channel on six photographs."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem.removesuffix("_encoder")
        self.encoder = taesd.load(path).to(torch.bfloat16)
        latents = [self._encode(anchors.of_target(name).covering(384, 512)).flatten(2) for name in STANDARD]
        joined = torch.cat(latents, 2)
        self.mean, self.std = joined.mean(2)[..., None, None], joined.std(2)[..., None, None]

    @torch.no_grad()
    def _encode(self, x: Tensor) -> Tensor:
        padding = (0, -x.shape[3] % MULTIPLE, 0, -x.shape[2] % MULTIPLE)
        return self.encoder(torch.nn.functional.pad(x, padding, mode="replicate").to(torch.bfloat16)).float()

    def latents(self, image: Image.Image) -> Tensor:
        """(1, C, h, w), in standard deviations of each channel; what they are distances of."""
        return self._encode(tensor(image)) / self.std

    def _distance(self, one: Image.Image, other: Image.Image) -> float:
        return float((self.latents(one) - self.latents(other)).norm())

    def shifts(self, original: Image.Image, shaded: Image.Image, anchor: anchors.Anchor) -> dict[str, float]:
        """Shift by view. The anchor covers the shrunk picture, centred, as the report says."""
        before, after = shrunk(original), shrunk(shaded)
        goal = Image.fromarray(
            (anchor.covering(before.height, before.width)[0].permute(1, 2, 0) * 255).round().byte().numpy()
        )
        result = {}
        for (name, x), (_, y), (_, a) in zip(views(before), views(after), views(goal), strict=True):
            result[name] = 1 - self._distance(y, a) / self._distance(x, a)
        return result
