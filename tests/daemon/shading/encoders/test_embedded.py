"""The embedded surrogate: small, complete in its file, and of use on any picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_pictures import unit, waves
from safetensors import safe_open

from daemon.shading.encoders import embedded
from daemon.shading.encoders.embedded import EmbeddedEncoder, Shape

SMALL = replace(Shape(), channels=8, blocks=(1, 1, 1), pooled=8, latent_channels=6)


def test_the_weights_that_ship_are_small_and_say_what_they_are() -> None:
    assert embedded.WEIGHTS.stat().st_size <= 3_000_000
    with safe_open(embedded.WEIGHTS, "pt") as file:
        notes = file.metadata()
    assert json.loads(notes["shape"])["latent_channels"] == 32
    assert "validation" in notes


def test_it_is_loaded_frozen_and_in_float32() -> None:
    encoder = embedded.load()
    assert not encoder.training
    assert all(weight.dtype == torch.float32 and not weight.requires_grad for weight in encoder.parameters())
    assert all(torch.isfinite(weight).all() for weight in encoder.parameters())


@pytest.mark.parametrize("size", [(8, 8), (16, 40), (256, 8)])
def test_an_eighth_of_the_size(size: tuple[int, int]) -> None:
    latents = embedded.load()(torch.rand(2, 3, *size))
    assert latents.shape == (2, 32, size[0] // 8, size[1] // 8)
    assert torch.isfinite(latents).all()


def test_latents_of_photographs_are_standardised(photograph: Callable[[str], np.ndarray]) -> None:
    encoder = embedded.load()
    names = ("coffee.png", "astronaut.png", "rocket.jpg", "chelsea.png")
    latents = torch.cat([encoder(unit(photograph(name)[:256, :256])).flatten(2) for name in names], 2)
    assert latents.mean((0, 2)).abs().mean() < 0.5
    assert 0.2 < float(latents.std((0, 2)).mean()) < 1.6


def test_it_tells_pictures_apart_and_its_gradient_reaches_every_part() -> None:
    encoder = embedded.load()
    one, two = unit(waves(64, 64, 1)).requires_grad_(True), unit(waves(64, 64, 2))
    distance = (encoder(one) - encoder(two)).square().mean()
    assert distance > 0.005
    (gradient,) = torch.autograd.grad(distance, one)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).float().mean() > 0.9


@pytest.mark.parametrize("shape", [Shape(), SMALL])
def test_what_is_saved_is_what_is_loaded(shape: Shape, tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = EmbeddedEncoder(shape).eval()
    embedded.save(encoder, tmp_path / "weights.safetensors", {"licence": "MIT"})
    loaded = embedded.load(tmp_path / "weights.safetensors")
    assert loaded.shape == shape
    x = torch.rand(1, 3, 32, 48)
    with torch.no_grad():
        torch.testing.assert_close(loaded(x), encoder(x), atol=5e-3, rtol=5e-3)  # float16 in the file
    with safe_open(tmp_path / "weights.safetensors", "pt") as file:
        assert file.metadata()["licence"] == "MIT"


def test_a_missing_file_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="weights"):
        embedded.load(tmp_path / "weights.safetensors")
