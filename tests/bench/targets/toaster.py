"""A toaster, drawn by code: the article's own hat → toaster needs one, and Open Clip Art's collection has none."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

SCALE = 3  # drawn that much larger, then shrunk, which smooths the edges
SIZE = (512, 420)

Box = tuple[int, int, int, int]


def draw() -> Image.Image:
    """RGB on white: a chrome toaster from the front, two slices of toast in its slots."""
    picture = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), "white")
    for left in (128, 262):
        _rounded(picture, (left, 14, left + 126, 190), 44, (150, 92, 42), (120, 70, 30))  # the crust
        _rounded(picture, (left + 10, 24, left + 116, 190), 36, (222, 168, 98), (196, 138, 70))
    _rounded(picture, (62, 128, 450, 374), 62, (236, 240, 244), (124, 134, 146), outline=(52, 58, 66))
    _rounded(picture, (92, 140, 420, 162), 10, (40, 42, 46), (70, 72, 76))  # the slots
    _rounded(picture, (96, 186, 416, 214), 14, (252, 253, 254), (222, 228, 234))  # light on the chrome
    _rounded(picture, (74, 366, 438, 392), 10, (44, 46, 52), (24, 26, 30))
    for left in (96, 380):
        _rounded(picture, (left, 388, left + 40, 408), 8, (32, 34, 38), (16, 17, 20))  # the feet
    _rounded(picture, (444, 190, 456, 330), 4, (60, 62, 66), (40, 42, 46))
    _rounded(picture, (438, 206, 494, 236), 12, (206, 48, 40), (150, 24, 22), outline=(70, 14, 12))  # the lever
    _rounded(picture, (226, 262, 286, 322), 30, (70, 74, 80), (30, 32, 36), outline=(20, 22, 26))  # the dial
    _rounded(picture, (252, 266, 260, 292), 3, (236, 238, 240), (236, 238, 240))
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def _rounded(
    picture: Image.Image,
    box: Box,
    radius: int,
    top: tuple[int, int, int],
    bottom: tuple[int, int, int],
    outline: tuple[int, int, int] | None = None,
) -> None:
    """A rounded rectangle that goes from one colour at its top to another at its bottom."""
    left, upper, right, lower = (edge * SCALE for edge in box)
    size = (right - left + 1, lower - upper + 1)
    shape = Image.new("L", size)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius * SCALE, fill=255)
    rows = np.linspace(top, bottom, size[1]).round().astype(np.uint8)
    colours = np.ascontiguousarray(np.broadcast_to(rows[:, None], (size[1], size[0], 3)))
    picture.paste(Image.fromarray(colours), (left, upper), shape)
    if outline is not None:
        place = (left, upper, right, lower)
        ImageDraw.Draw(picture).rounded_rectangle(place, radius * SCALE, outline=outline, width=4 * SCALE)
