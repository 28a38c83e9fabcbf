"""Shaded pictures as encoders see them that had no part in shading: TAEF2 and TAESANA."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from checked_shading import shade
from made_pictures import jpeg, layer, unit
from torch import Tensor

from daemon.shading import anchors, device
from daemon.shading.change import Enlarged
from daemon.shading.encoders import taesd
from daemon.shading.engine import Engine
from daemon.shading.pixels import Canvas
from daemon.shading.recipes import Limits
from daemon.shading.views import resize
from daemon.shading.visibility.fit import Visibility
from daemon.shading.visibility.search import CLOSE_ENOUGH

# What training pipelines do to a picture, by Pillow or torch themselves: (H, W, 3) uint8 → (1, 3, h, w).
TRAINING_VIEWS: dict[str, Callable[[np.ndarray], Tensor]] = {
    "none": unit,
    "JPEG 90": lambda rgb: unit(jpeg(rgb, 90)),
    "JPEG 75": lambda rgb: unit(jpeg(rgb, 75)),
    "×0.75": lambda rgb: resize(unit(rgb), round(rgb.shape[0] * 0.75), round(rgb.shape[1] * 0.75)),
    "×0.5": lambda rgb: resize(unit(rgb), round(rgb.shape[0] * 0.5), round(rgb.shape[1] * 0.5)),
}


def noise_as_visible_as(pixels: np.ndarray, score: float) -> np.ndarray:
    """The layer with random noise on it, with that score."""
    picture = Canvas(pixels)
    noise = torch.randn(1, 3, *picture.size, generator=torch.Generator().manual_seed(0)) * 4 / 255
    change = Enlarged(noise, *picture.size)
    limits = Limits(score - CLOSE_ENOUGH, 100.0)
    found = Visibility(picture).fit(change, limits, lambda: None)
    assert found.seen.scores.whole == pytest.approx(score, abs=1.5)
    return picture.shaded(0, picture.size[0], found.change.rows(0, picture.size[0]))


@torch.no_grad()
def judged(judge: Path, before: np.ndarray, anchor: np.ndarray, others: list[np.ndarray]) -> list[float]:
    """The mean shift over the training views of each of the others, latents standardised per channel."""
    dtype = device.cpu().dtype
    encoder = taesd.load(judge).to(dtype)
    device.channels_last(encoder)
    sums = [0.0] * len(others)
    for view in TRAINING_VIEWS.values():
        latents = []
        for rgb in (before, anchor, *others):
            seen = view(rgb).to(dtype)
            seen = seen[..., : seen.shape[2] // 32 * 32, : seen.shape[3] // 32 * 32]
            latents.append(encoder(seen)[0].float().flatten(1))
        spread = torch.cat(latents[:2], 1).std(1, keepdim=True)
        start, there, *shaded = (latent / spread for latent in latents)
        for index, latent in enumerate(shaded):
            sums[index] += 1 - float((latent - there).norm() / (start - there).norm())
    return [total / len(TRAINING_VIEWS) for total in sums]


def test_the_teacher_and_a_stranger_are_misled(judges: Path, engine: Engine, coffee: np.ndarray) -> None:
    """The point of it all: both see the anchor in it, through the views of training, and not by chance.

    TAEF2 is what the embedded surrogate imitates, TAESANA has nothing to do with it.
    """
    rgb = coffee[40:360, 100:516]
    pixels = layer(rgb)
    result = shade(engine, pixels, quality="default")
    noise = noise_as_visible_as(pixels, result.report["visibility"]["ssimulacra2"])
    covering = anchors.of_target(result.report["target"]).covering(*rgb.shape[:2])
    anchor = (covering[0].permute(1, 2, 0) * 255).round().byte().numpy()
    for name, least, times in (("taef2", 0.07, 3), ("taesana", 0.03, 2)):  # noise stirs TAESANA more: 0.016 of the way
        judge = judges / f"{name}_encoder.pth"
        shift, by_chance = judged(judge, rgb, anchor, [result.pixels[..., :3], noise[..., :3]])
        assert shift > least, name
        assert shift > times * by_chance, name
