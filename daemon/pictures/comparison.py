"""A comparison to look at: original, shaded picture and their difference side by side."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shared.wording import text

from .colour import conversion_for, to_engine
from .model import Metadata, PictureFile, Samples, scaled

AMPLIFICATIONS = (64, 32, 16, 8, 4, 2, 1)
PANEL = 640  # pixels: the most that a panel is wide
BACKGROUND, INK = (24, 24, 26), (232, 232, 228)
MIDDLE = 128


def comparison(original: PictureFile, shaded: PictureFile) -> PictureFile:
    """An RGB picture of three labelled panels. The difference is shown around middle gray, amplified."""
    before, after = (_rgb(picture) for picture in (original, shaded))
    difference = after.astype(np.float32) - before
    factor = amplification(difference)
    amplified = np.clip(np.rint(MIDDLE + factor * difference), 0, 255).astype(np.uint8)
    panels = (
        (text("pictures.original"), before),
        (text("pictures.shaded"), after),
        (text("pictures.difference", factor=factor), amplified),
    )
    return PictureFile("PNG", _side_by_side(panels), 3, metadata=Metadata())


def amplification(difference: Samples) -> int:
    """The largest of a few round factors at which almost none of the difference (8-bit levels) is clipped."""
    strong = float(np.percentile(np.abs(difference), 99)) if difference.size else 0.0
    return next((factor for factor in AMPLIFICATIONS if factor * strong <= MIDDLE - 1), AMPLIFICATIONS[-1])


def _rgb(picture: PictureFile) -> Samples:
    """What the engine saw: sRGB at 8 bits over white."""
    pixels = scaled(to_engine(picture, conversion_for(picture)[0]), np.dtype(np.uint8)).astype(np.float32)
    alpha = pixels[:, :, 3:] / 255
    return np.rint(pixels[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _side_by_side(panels: tuple[tuple[str, Samples], ...]) -> Samples:
    height, width = panels[0][1].shape[:2]
    scale = min(1.0, PANEL / width)
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    size = max(12, round(width / 26))
    gap, bar = max(2, size // 4), round(size * 2.2)
    sheet = Image.new("RGB", (3 * width + 4 * gap, height + bar + gap), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size)
    for number, (label, pixels) in enumerate(panels):
        image = Image.fromarray(pixels)
        if scale < 1:
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        left = gap + number * (width + gap)
        sheet.paste(image, (left, bar))
        draw.text((left + width / 2, bar / 2), label, fill=INK, font=font, anchor="mm")
    return np.array(sheet)
