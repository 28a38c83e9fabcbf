"""The report's figures: what was achieved, in a form that anyone can check."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .objective import Shifts
from .pixels import BAND_ROWS, Canvas
from .views import View


def difference(original: Canvas, shaded: np.ndarray) -> dict[str, float]:
    """{"psnr": dB, "most": 0…1, "changed": share of pixels} of a shaded layer's RGB as stored, without alpha."""
    squares, most, changed, count = 0.0, 0.0, 0, 0
    for top in range(0, original.size[0], BAND_ROWS):
        after = Canvas(shaded[top : top + BAND_ROWS])
        before = Canvas(original.pixels[top : top + BAND_ROWS])
        moved = (after.unit(0, after.size[0])[:3] - before.unit(0, before.size[0])[:3]).abs()
        squares += float(moved.square().sum())
        most = max(most, float(moved.max()))
        changed += int((moved > 0).any(0).sum())
        count += moved[0].numel()
    error = squares / (3 * count)
    return {
        "psnr": round(10 * math.log10(1 / error), 2) if error else math.inf,
        "most": round(most, 5),
        "changed": round(changed / count, 4),
    }


def shift_summary(shifts: Shifts) -> dict[str, Any]:
    """{"views": {name: shift}, "mean": …, "worst": …, "coarse": mean of the coarse ones}, rounded to four places."""
    values = list(shifts.plain.values())
    return {
        "views": {name: round(value, 4) for name, value in shifts.plain.items()},
        "mean": round(sum(values) / len(values), 4),
        "worst": round(min(values), 4),
        "coarse": round(sum(shifts.coarse.values()) / len(values), 4),
    }


def no_shift(views: Iterable[View]) -> dict[str, Any]:
    """The summary where nothing was moved."""
    nothing = {view.name: 0.0 for view in views}
    return shift_summary(Shifts(nothing, nothing))


def finite(value: float) -> float | None:
    """The number as JSON can carry it: None for NaN and ±∞."""
    return value if math.isfinite(value) else None
