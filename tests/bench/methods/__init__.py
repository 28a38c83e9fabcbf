"""Ways to shade a picture, one to a module, so that the benches can compare them under the same conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PIL import Image


@dataclass(frozen=True)
class Shaded:
    """The shaded picture, the shift as the method's own surrogates see it (NaN if it has none), and what it took.

    ``seconds``: of the processor, all threads together, which says more than the clock on a machine that is shared.
    """

    picture: Image.Image
    shift: float = math.nan
    seconds: float = math.nan


class Method(Protocol):
    """One way to shade."""

    def __call__(self, picture: Image.Image, target: str, floor: float) -> Shaded:
        """The picture (RGB, or RGBA with the same alpha), moved toward the target, as far as its floor allows.

        ``target`` is one of ``daemon.shading.concepts.TARGETS``; ``floor`` is the SSIMULACRA2, over white, that the
        result has at least. Raises ``ValueError`` for a floor that the method can't aim at.
        """
        ...


@dataclass(frozen=True)
class Setting:
    """What a method is made with.

    ``quality`` is one of the product's and only the product's affair; ``encoders`` are names or absolute paths (none:
    the product's own choice); ``steps`` are those of the methods that don't choose them by quality.
    """

    quality: str = "default"
    encoders: tuple[str, ...] = ()
    steps: int = 40


def _ours(setting: Setting) -> Method:
    from .ours import Ours  # and with it torch

    return Ours(setting)


def _ours_scaled(setting: Setting) -> Method:
    from .ours import direction
    from .scaled import Scaled

    return Scaled(direction(setting), by_floor=True)


def _reference(setting: Setting) -> Method:
    from .reference import direction
    from .scaled import Scaled

    return Scaled(direction(setting))


def _photoguard(setting: Setting) -> Method:
    from .photoguard import direction
    from .scaled import Scaled

    return Scaled(direction(setting))


def _mist(setting: Setting) -> Method:
    from .mist import direction
    from .scaled import Scaled

    return Scaled(direction(setting))


def _noise(setting: Setting) -> Method:
    from .noise import direction
    from .scaled import Scaled

    return Scaled(direction)


METHODS: dict[str, Callable[[Setting], Method]] = {
    "ours": _ours,
    "ours, scaled": _ours_scaled,
    "reference": _reference,
    "PhotoGuard": _photoguard,
    "Mist, textural": _mist,
    "noise": _noise,
}
"""Name → what makes the method. All but "ours" are scaled to the floor by bisection, the last thing they do."""
