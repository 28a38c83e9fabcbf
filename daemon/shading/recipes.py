"""What intensity and quality mean in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from .views import View, compressed, none, shrunk, shrunk_and_cropped

# SSIMULACRA2 that the shaded layer keeps. The metric's authors: 90 can't be told apart even flipping at 1:1, 80 not
# noticed side by side by an average person, 70 high quality, 50 medium.
FLOORS = {"low": 80.0, "default": 70.0, "high": 60.0}


@dataclass(frozen=True)
class Recipe:
    """How a layer is shaded.

    ``work_side``: shorter side in pixels at which δ is made. ``steps``: of the optimisation. ``views``: what it sees.
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
LARGEST_WORK_PIXELS = 2_500_000  # for very long pictures, whose shorter side says little


def work_size(height: int, width: int, side: int) -> tuple[int, int]:
    """The size δ is made at: shorter side ``side``, never larger than the layer, aspect kept."""
    scale = min(1.0, side / min(height, width), (LARGEST_WORK_PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))
