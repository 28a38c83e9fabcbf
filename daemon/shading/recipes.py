"""Recipes: what intensity and quality mean in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from .views import View, compressed, none, shrunk, shrunk_and_cropped

# The lowest SSIMULACRA2 that the shaded layer may have. By the metric's authors: at 90 nobody sees a difference even
# when flipping at 1:1, at 80 an average person sees none side by side, 70 is high quality, 50 medium.
FLOORS = {"low": 90.0, "default": 80.0, "high": 70.0, "maximum": 50.0}


@dataclass(frozen=True)
class Recipe:
    """How a layer is shaded.

    ``work_side``: shorter side, in pixels, at which δ is made. ``steps`` and ``views`` are the optimisation's.
    """

    work_side: int
    steps: int
    views: tuple[View, ...]


REPORTED_SIDE = 512  # pixels: reports measure the shift at this size, so that they can be compared
RECIPES = {
    "fast": Recipe(384, 12, (none(2), shrunk(0.667))),
    "default": Recipe(512, 16, (none(2), compressed(75), shrunk(0.75), shrunk(0.5))),
    "best": Recipe(
        1024,
        72,
        (none(), shrunk(0.75), shrunk(0.5, 2), shrunk_and_cropped(0.5, 3, 5), compressed(75, 0.5), shrunk(0.375)),
    ),
}
LARGEST_WORK_PIXELS = 2_500_000  # limits very long pictures, whose shorter side says little about their size


def work_size(height: int, width: int, side: int) -> tuple[int, int]:
    """(height, width) at which δ is made: ``side`` on the shorter side, never above the layer's, aspect kept."""
    scale = min(1.0, side / min(height, width), (LARGEST_WORK_PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))
