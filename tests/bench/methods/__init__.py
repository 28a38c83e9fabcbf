"""Ways to shade a picture, one to a module, so that the benches can compare them under the same conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PIL import Image


@dataclass(frozen=True)
class Shaded:
    """The shaded picture in RGB, and the shift as the method's own surrogates see it (NaN if it has none)."""

    picture: Image.Image
    shift: float = math.nan


class Method(Protocol):
    """One way to shade."""

    def __call__(self, picture: Image.Image, target: str, floor: float) -> Shaded:
        """The picture (RGB), of the same size, moved toward the target; its SSIMULACRA2 stays at least ``floor``.

        ``target`` is one of ``daemon.shading.concepts.TARGETS``. Raises ``ValueError`` for a floor that the method
        can't aim at.
        """
        ...


def _ours(quality: str, encoders: tuple[str, ...]) -> Method:
    from .ours import Ours  # and with it torch

    return Ours(quality, encoders)


METHODS: dict[str, Callable[[str, tuple[str, ...]], Method]] = {"ours": _ours}
"""Name → what makes the method, from one of ``QUALITIES`` and names or paths of encoders (none: its own choice)."""
