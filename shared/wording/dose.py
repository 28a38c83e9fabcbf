"""What a picture's shift means, held against what models were seen to learn: ``tests/proof/README.md``.

The bands are that table's, for a model that learned a concept from moved pictures only. Fewer of them teach less.
"""

from __future__ import annotations

from typing import Any

from .catalogue import text

BANDS = ((0.5, "replaces"), (0.3, "spoils"), (0.2, "hurts"))
"""(the least shift, its band), the largest first. Below all of them: "deters"."""

BUILT_IN = "embedded"  # the surrogate that a shift is only a guess through: no model learns with it


def band(shift: float) -> str:
    """The band of a shift, the share of the way to the anchor; NaN counts as no way at all."""
    return next((name for least, name in BANDS if shift >= least), "deters")


def verdict(shift: float) -> str:
    """In a few words, to follow a colon: “a deterrent at most”."""
    return text(f"dose.verdict_{band(shift)}")


def explained(report: dict[str, Any]) -> str:
    """What models learned from pictures moved as far as a job's report says, and what that figure is worth.

    "" where no shift was measured.
    """
    shift = measured(report)
    if shift is None:
        return ""
    told = [text(f"dose.test_{band(shift)}")]
    if report.get("surrogates") == [BUILT_IN]:
        told.append(text("dose.built_in"))
    return " ".join(told)


def measured(report: dict[str, Any]) -> float | None:
    """The mean of the report's shifts, each another way in which a model may get to see the picture."""
    shifts = report.get("shift")
    mean = shifts.get("mean") if isinstance(shifts, dict) else None
    return float(mean) if isinstance(mean, int | float) else None
