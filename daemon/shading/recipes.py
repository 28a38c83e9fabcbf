"""Recipes: what intensity and quality mean in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from .views import View, compressed, none, shrunk, shrunk_and_cropped


@dataclass(frozen=True)
class Limits:
    """How visible a shaded layer may be.

    ``floor``: the lowest SSIMULACRA2, of the whole and of every tile of 256 × 256 pixels. By the metric's authors: at
    90 nobody sees a difference even when flipping at 1:1, at 80 an average person sees none side by side, 70 is high
    quality, 50 medium. ``colour``: the largest mean CIEDE2000 of a patch of 64 × 64 pixels in texture; on smooth
    colour grain may differ by two fifths of it and lines by a tenth. 1 is just noticeable on large areas side by side.
    ``most``: how far any value of any pixel may move, in 0…1, whatever a metric says.
    ``spares_flat_art``: exactly flat areas stay as they are, and pixel art is refused.
    """

    floor: float
    colour: float
    most: float = 8 / 255
    spares_flat_art: bool = False


LIMITS = {
    "low": Limits(90.0, 1.2, spares_flat_art=True),
    "default": Limits(80.0, 2.0, spares_flat_art=True),
    "high": Limits(70.0, 4.0),
    "maximum": Limits(50.0, 9.0, 16 / 255),
}
FLOORS = {intensity: limits.floor for intensity, limits in LIMITS.items()}


@dataclass(frozen=True)
class Recipe:
    """How a layer is shaded.

    ``work_side``: shorter side, in pixels, at which δ is made. ``steps`` and ``views`` are the optimisation's.
    ``at_once``: of many surrogates, how many look at a step. ``finish``: how many steps at the end slow ones see.
    """

    work_side: int
    steps: int
    views: tuple[View, ...]
    at_once: int = 1
    finish: int = 0


REPORTED_SIDE = 512  # pixels: reports measure the shift at this size, so that they can be compared
RECIPES = {
    "fast": Recipe(512, 6, (none(), compressed(75), shrunk(0.5))),
    "default": Recipe(512, 12, (none(), compressed(75), shrunk(0.75), shrunk(0.5))),
    "best": Recipe(
        768,
        40,
        (none(), compressed(75), shrunk(0.75), shrunk(0.5), shrunk_and_cropped(0.75, 3, 5), shrunk(0.375, 0.5)),
        at_once=2,
        finish=8,
    ),
}
LARGEST_WORK_PIXELS = 2_500_000  # limits very long pictures, whose shorter side says little about their size


def work_size(height: int, width: int, side: int) -> tuple[int, int]:
    """(height, width) at which δ is made: ``side`` on the shorter side, never above the layer's, aspect kept."""
    scale = min(1.0, side / min(height, width), (LARGEST_WORK_PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))
