"""Pictures drawn by code, of the kinds that photographs say nothing about: line art, flat colour, pixels, letters.

Each is a function of the side in pixels and looks the same at every size. Some have transparent parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

OVER = 2  # drawn at twice the size and shrunk, so that edges are smooth
INK = (24, 20, 28, 255)


class Sheet:
    """A surface whose coordinates are 0…1 on both sides."""

    def __init__(self, side: int, paper: tuple[int, ...]) -> None:
        self.side, self.scale = side, side * OVER
        self.image = Image.new("RGBA", (self.scale, self.scale), paper)
        self.draw = ImageDraw.Draw(self.image)

    def at(self, *points: float) -> list[float]:
        return [point * self.scale for point in points]

    def width(self, share: float) -> int:
        return max(OVER, round(share * self.scale))

    def line(self, points: list[tuple[float, float]], colour: tuple[int, ...], width: float) -> None:
        flat = [(x * self.scale, y * self.scale) for x, y in points]
        self.draw.line(flat, colour, self.width(width), joint="curve")

    def text(self, x: float, y: float, words: str, height: float, colour: tuple[int, ...] = INK) -> None:
        font = ImageFont.load_default(height * self.scale)
        self.draw.text((x * self.scale, y * self.scale), words, colour, font)

    def done(self, mode: str = "RGB") -> Image.Image:
        return self.image.resize((self.side, self.side), Image.Resampling.LANCZOS).convert(mode)


def _cat(sheet: Sheet, x: float, y: float, size: float, fur: tuple[int, ...], outline: float) -> None:
    """A cat's head with its middle at (x, y)."""
    box = sheet.at(x - size, y - size * 0.8, x + size, y + size * 0.8)
    for side in (-1, 1):
        ear = [(x + side * size * dx, y + size * dy) for dx, dy in ((0.35, -0.65), (0.9, -1.25), (0.95, -0.2))]
        sheet.draw.polygon([(px * sheet.scale, py * sheet.scale) for px, py in ear], fur)
        sheet.line([*ear, ear[0]], INK, outline)
    sheet.draw.ellipse(box, fur, INK, sheet.width(outline))
    for side in (-1, 1):
        eye = (x + side * size * 0.4, y - size * 0.1)
        sheet.draw.ellipse(
            sheet.at(eye[0] - size * 0.12, eye[1] - size * 0.18, eye[0] + size * 0.12, eye[1] + size * 0.18), INK
        )
        for lift in (-0.05, 0.08):
            sheet.line(
                [(x + side * size * 0.3, y + size * 0.3), (x + side * size * 1.2, y + size * (0.3 + lift))],
                INK,
                outline / 2,
            )
    sheet.draw.polygon(
        sheet.at(x - size * 0.08, y + size * 0.15, x + size * 0.08, y + size * 0.15, x, y + size * 0.25),
        (210, 110, 120, 255),
    )


def line_art(side: int) -> Image.Image:
    """Black ink on nothing."""
    sheet = Sheet(side, (255, 255, 255, 0))
    _cat(sheet, 0.5, 0.4, 0.25, (255, 255, 255, 0), 0.006)
    for turn in range(36):
        angle, wave = turn / 36 * math.tau, 0.38 + 0.06 * math.sin(turn * 1.7)
        ends = [(0.5 + math.cos(angle) * reach, 0.5 + math.sin(angle) * reach) for reach in (wave, wave + 0.09)]
        sheet.line(ends, INK, 0.002 + 0.004 * (turn % 3))
    for row in range(7):
        wave = [(0.1 + 0.8 * t / 60, 0.78 + row * 0.025 + 0.012 * math.sin(t / 5 + row)) for t in range(61)]
        sheet.line(wave, INK, 0.0025)
    return sheet.done("RGBA")


def sticker(side: int) -> Image.Image:
    """Flat colour with a white border, transparent around it."""
    sheet = Sheet(side, (255, 255, 255, 0))
    sheet.draw.ellipse(sheet.at(0.06, 0.06, 0.94, 0.94), (255, 255, 255, 255))
    sheet.draw.ellipse(sheet.at(0.1, 0.1, 0.9, 0.9), (64, 150, 190, 255))
    sheet.draw.pieslice(sheet.at(0.1, 0.1, 0.9, 0.9), 20, 160, (240, 190, 90, 255))
    _cat(sheet, 0.5, 0.45, 0.24, (235, 140, 70, 255), 0.012)
    return sheet.done("RGBA")


def comic(side: int) -> Image.Image:
    """Four panels with flat colour, a screen of dots, ink and lettering."""
    sheet = Sheet(side, (255, 255, 255, 255))
    skies = ((250, 220, 140, 255), (120, 180, 220, 255), (235, 235, 240, 255), (90, 60, 110, 255))
    for number, sky in enumerate(skies):
        left, top = 0.03 + 0.485 * (number % 2), 0.03 + 0.485 * (number // 2)
        box = sheet.at(left, top, left + 0.455, top + 0.455)
        sheet.draw.rectangle(box, sky)
        if number == 2:
            for row in range(28):
                for column in range(28):
                    x, y, r = left + 0.016 * (column + row % 2 / 2), top + 0.016 * row, 0.001 + 0.00018 * row
                    sheet.draw.ellipse(sheet.at(x - r, y - r, x + r, y + r), INK)
        if number == 3:
            for ray in range(24):
                angle = ray / 24 * math.tau
                start, end = (
                    (left + 0.23 + math.cos(angle) * r, top + 0.25 + math.sin(angle) * r) for r in (0.16, 0.2)
                )
                sheet.line([start, end], (255, 240, 180, 255), 0.004)
        fur = ((235, 140, 70, 255), (150, 150, 160, 255))[number % 2]
        _cat(sheet, left + 0.23, top + 0.29, 0.1, fur, 0.006)
        bubble = sheet.at(left + 0.02, top + 0.02, left + 0.3, top + 0.1)
        sheet.draw.ellipse(bubble, (255, 255, 255, 255), INK, sheet.width(0.003))
        sheet.text(left + 0.06, top + 0.04, ("WHERE TO?", "NORTH!", "IT'S LATE…", "AT LAST")[number], 0.03)
        sheet.draw.rectangle(box, None, INK, sheet.width(0.006))
    return sheet.done()


def pixel_art(side: int) -> Image.Image:
    """A scene of 64 × 64 pixels and twelve colours, enlarged without smoothing."""
    chance, size = np.random.default_rng(4), 64
    palette = np.array(
        [[26, 28, 44], [41, 54, 111], [59, 93, 201], [65, 166, 246], [56, 183, 100], [37, 113, 121],
         [167, 240, 112], [255, 205, 117], [239, 125, 87], [177, 62, 83], [93, 39, 93], [244, 244, 244]], np.uint8
    )  # fmt: skip
    rows = np.repeat(np.arange(size)[:, None], size, 1)
    scene = np.clip(rows // 12, 0, 3)
    hills = 38 + (6 * np.sin(np.arange(size) / 7) + 3 * np.sin(np.arange(size) / 3)).astype(int)
    scene[rows >= hills] = 5
    scene[rows >= hills + 5] = 4
    scene[(rows >= hills + 5) & (chance.random((size, size)) < 0.15)] = 6
    scene[(rows < 20) & (chance.random((size, size)) < 0.02)] = 11
    scene[30:56, 22:42] = 9
    scene[24:30, 20:44] = 10
    for top, left in ((34, 25), (34, 34), (44, 25)):
        scene[top : top + 5, left : left + 5] = 7
    scene[46:56, 34:39] = 8
    times = max(1, side // size)
    return Image.fromarray(palette[scene].repeat(times, 0).repeat(times, 1))


def gradient(side: int) -> Image.Image:
    """Smooth colour and nothing else, where any form is seen at once."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    planes = [90 + 120 * x + 30 * y, 120 + 60 * y, 200 - 90 * x * y]
    return Image.fromarray(np.stack(planes, 2).round().clip(0, 255).astype(np.uint8))


def dark_sky(side: int) -> Image.Image:
    """A night sky over a black ridge."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    sky = np.stack([8 + 22 * y**2, 10 + 30 * y**2, 28 + 50 * y], 2)
    ridge = 0.78 + 0.05 * np.sin(9 * x) + 0.02 * np.sin(31 * x)
    sky[y > ridge] = (6, 6, 9)
    image = Image.fromarray(sky.round().clip(0, 255).astype(np.uint8))
    draw, chance = ImageDraw.Draw(image), np.random.default_rng(7)
    for left, top, size in chance.random((70, 3)) * (side, side * 0.7, side / 250):
        draw.ellipse([left - size, top - size, left + size, top + size], (230, 230, 215))
    return image.filter(ImageFilter.GaussianBlur(side / 1000))


def cel(side: int) -> Image.Image:
    """Two tones with a hard edge between them, as in animation, before a flat ground."""
    sheet = Sheet(side, (170, 210, 180, 255))
    sheet.draw.rectangle(sheet.at(0, 0.75, 1, 1), (110, 150, 120, 255))
    _cat(sheet, 0.5, 0.5, 0.32, (225, 205, 185, 255), 0.009)
    shade = Image.new("RGBA", sheet.image.size, (60, 30, 90, 0))
    ImageDraw.Draw(shade).ellipse(sheet.at(0.42, 0.3, 0.95, 0.85), (60, 30, 90, 70))
    sheet.image.alpha_composite(shade)
    return sheet.done()


def letters(side: int) -> Image.Image:
    """A page of text in four sizes."""
    sheet, y = Sheet(side, (252, 250, 244, 255)), 0.05
    for height in (0.09, 0.055, 0.055, 0.035, 0.035, 0.035, 0.025, 0.025, 0.025, 0.025, 0.025):
        words = "Deadly nightshade: berries black, sweet and shining. "
        sheet.text(0.05, y, (words * 3)[: int(1.7 / height)], height)
        y += height * 1.6
    return sheet.done()


DRAWN: dict[str, tuple[Callable[[int], Image.Image], str]] = {
    "comic page": (comic, "coffee"),
    "sticker": (sticker, "coffee"),
    "line art": (line_art, "coffee"),
    "pixel art": (pixel_art, "cat"),
    "gradient": (gradient, "cat"),
    "dark sky": (dark_sky, "cat"),
    "cel": (cel, "coffee"),
    "letters": (letters, "cat"),
}
"""Name → what draws it at a side in pixels, and the target, which it never shows."""
