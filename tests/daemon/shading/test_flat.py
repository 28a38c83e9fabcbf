"""Flat art: what counts as flat, and what as pixel art."""

from __future__ import annotations

import numpy as np
import pytest
from made_pictures import layer, waves
from PIL import Image, ImageDraw

from daemon.shading.flat import SIDE, flat_areas, pixel_art, refuse_pixel_art, without_flat_areas
from daemon.shading.pixels import Canvas
from shared.problem import Problem


def by_hand(pixels: np.ndarray) -> np.ndarray:
    """Every window of 32 × 32, looked at one by one."""
    height, width = pixels.shape[:2]
    flat = np.zeros((height, width), bool)
    for top in range(height - SIDE + 1):
        for left in range(width - SIDE + 1):
            window = pixels[top : top + SIDE, left : left + SIDE]
            if (window == window[0, 0]).all():
                flat[top : top + SIDE, left : left + SIDE] = True
    return flat


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_flat_areas_are_those_that_squares_of_one_colour_cover(dtype: str) -> None:
    rgb = waves(70, 90)
    rgb[3:38, 5:40] = 200
    rgb[20:60, 30:75] = 120
    pixels = layer(rgb, dtype=dtype)
    found = flat_areas(pixels)
    assert np.array_equal(found, by_hand(pixels))
    assert found.any()
    assert not found.all()


@pytest.mark.parametrize("size", [(1, 1), (31, 100), (100, 31), (32, 32)])
def test_any_size(size: tuple[int, int]) -> None:
    assert flat_areas(layer(np.full((*size, 3), 9, np.uint8))).all() == (min(size) >= SIDE)


def test_a_colour_that_differs_by_one_level_is_another() -> None:
    rgb = np.full((64, 64, 3), 100, np.uint8)
    rgb[:, ::2, 1] = 101
    assert not flat_areas(layer(rgb)).any()


def test_the_mask_leaves_flat_areas_out_and_keeps_what_it_was() -> None:
    rgb, mask = waves(64, 80), np.full((64, 80), 90, np.uint8)
    rgb[:, :40] = 50
    masked, share = without_flat_areas(Canvas(layer(rgb), mask))
    assert share == pytest.approx(0.5)
    assert masked.mask is not None
    assert (masked.mask[:, :40] == 0).all()
    assert (masked.mask[:, 40:] == 90).all()
    assert (mask == 90).all()
    textured = Canvas(layer(waves(64, 80)))
    assert without_flat_areas(textured) == (textured, 0.0)


def test_what_nobody_sees_is_no_part_of_the_share() -> None:
    rgb, alpha = waves(64, 80), np.full((64, 80), 255, np.uint8)
    rgb[:, :40] = 50
    alpha[:, :40] = 0
    assert without_flat_areas(Canvas(layer(rgb, alpha)))[1] == 0
    assert without_flat_areas(Canvas(layer(rgb), alpha))[1] == 0
    alpha[:, :20] = 255
    assert without_flat_areas(Canvas(layer(rgb), alpha))[1] == pytest.approx(1 / 3)


def sprite(side: int, colours: int = 6, size: int = 24) -> np.ndarray:
    palette = np.random.default_rng(1).integers(0, 256, (colours, 3), np.uint8)
    small = palette[np.random.default_rng(2).integers(0, colours, (size, size))]
    return layer(small.repeat(side, 0).repeat(side, 1))


@pytest.mark.parametrize("side", [1, 2, 3, 8])
def test_pixel_art_is_known_by_its_squares(side: int) -> None:
    assert pixel_art(sprite(side)) == side
    with pytest.raises(Problem) as refusal:
        refuse_pixel_art(Canvas(sprite(side)))
    assert refusal.value.key == "engine.pixel_art"
    assert refusal.value.values["side"] == side


def drawing() -> np.ndarray:
    image = Image.new("RGB", (200, 160), "white")
    ImageDraw.Draw(image).ellipse((30, 20, 150, 140), "orange", "black", 4)
    return layer(np.array(image.resize((100, 80), Image.Resampling.LANCZOS)))


@pytest.mark.parametrize(
    "pixels",
    [
        layer(waves(64, 64)),
        drawing(),
        layer(np.full((64, 64, 3), 7, np.uint8)),
        layer(np.kron(np.eye(2), np.full((32, 32), 255)).astype(np.uint8)[..., None].repeat(3, 2)),
        layer(waves(1, 9)),
    ],
    ids=["texture", "drawing", "one colour", "boxes", "a line"],
)
def test_other_pictures_are_not(pixels: np.ndarray) -> None:
    assert pixel_art(pixels) == 0
    refuse_pixel_art(Canvas(pixels))
