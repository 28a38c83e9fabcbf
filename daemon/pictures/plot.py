"""A plot to look at: how far shading moved pictures, and what of it survives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shared.wording import text, verdict

from .model import Metadata, PictureFile

SIZE = 22  # of the writing, in pixels; all else follows from it
ROW, LABEL, BARS, MARGIN = 2 * SIZE, 9 * SIZE, 26 * SIZE, SIZE
SCALE = 0.6  # share of the way at the right end, so that plots can be compared and what would teach a model is on them
STEP = 0.1
UNTOUCHED = "none"  # the engine's name of the view that shows a picture as it is
BACKGROUND, INK, GRID = (255, 255, 255), (40, 40, 44), (222, 222, 226)
COLOURS = {"shift": (70, 110, 170), "survival": (190, 110, 60)}


@dataclass(frozen=True)
class Group:
    """The bars under one heading: a name and the shifts of all pictures for each."""

    heading: str
    colour: tuple[int, int, int]
    rows: dict[str, list[float]] = field(default_factory=dict)


def survival_plot(reports: Sequence[dict[str, Any]]) -> PictureFile:
    """An RGB picture with a bar for each view and purifier of the engine's reports, which have "shift" and "survival".

    A bar is the mean of all pictures, the line on it goes from the lowest to the highest.
    """
    groups = [Group(text(f"pictures.plot_{key}"), colour, _shares(reports, key)) for key, colour in COLOURS.items()]
    mean = sum(report["shift"]["mean"] for report in reports) / len(reports)
    share = text("job.percent", count=f"{mean * 100:.0f}")
    titles = text("pictures.plot_title", count=len(reports), share=share), verdict(mean)
    return PictureFile("PNG", _drawn(titles, groups), 3, metadata=Metadata())


def _shares(reports: Sequence[dict[str, Any]], key: str) -> dict[str, list[float]]:
    return {name: [report[key]["views"][name] for report in reports] for name in reports[0][key]["views"]}


def _drawn(titles: Sequence[str], groups: Sequence[Group]) -> np.ndarray:
    rows = sum(1 + len(group.rows) for group in groups)
    height = 2 * MARGIN + ROW * (len(titles) + rows + 1)
    image = Image.new("RGB", (LABEL + BARS + 6 * SIZE, height), BACKGROUND)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(SIZE)
    for number, title in enumerate(titles):
        draw.text((MARGIN, MARGIN + ROW * (number + 0.5)), title, fill=INK, font=font, anchor="lm")
    top = MARGIN + ROW * len(titles)
    bottom = top + ROW * rows
    for tick in range(round(SCALE / STEP) + 1):
        x = _x(tick * STEP)
        draw.line((x, top, x, bottom), fill=GRID, width=2)
        draw.text((x, bottom + ROW / 2), f"{tick * STEP * 100:.0f} %", fill=INK, font=font, anchor="mm")
    for group in groups:
        draw.text((MARGIN, top + ROW / 2), group.heading, fill=group.colour, font=font, anchor="lm")
        for number, (name, shares) in enumerate(group.rows.items(), 1):
            _bar(draw, font, top + ROW * number, name, shares, group.colour)
        top += ROW * (1 + len(group.rows))
    return np.array(image)


def _bar(
    draw: ImageDraw.ImageDraw,
    font: Any,
    top: float,
    name: str,
    shares: Sequence[float],
    colour: tuple[int, int, int],
) -> None:
    mean, middle = sum(shares) / len(shares), top + ROW / 2
    label = text("pictures.plot_untouched") if name == UNTOUCHED else name.replace("×", "x")  # Pillow's font has no ×
    draw.text((LABEL - SIZE / 2, middle), label, fill=INK, font=font, anchor="rm")
    ends = sorted((_x(0), _x(mean)))
    draw.rectangle((ends[0], top + ROW / 5, ends[1], top + ROW * 4 / 5), fill=colour)
    if len(shares) > 1:
        draw.line((_x(min(shares)), middle, _x(max(shares)), middle), fill=INK, width=2)
    end = max(_x(mean), _x(max(shares)))
    draw.text((end + SIZE / 2, middle), f"{mean * 100:.1f} %", fill=INK, font=font, anchor="lm")


def _x(share: float) -> float:
    """Where a share of the way is drawn; beyond the scale at its ends."""
    return LABEL + BARS * min(SCALE, max(-0.05, share)) / SCALE
