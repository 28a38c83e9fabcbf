"""A shift's meaning: the band that the tables of tests/proof give it, and words for each."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.shading.encoders import table
from shared import wording
from shared.wording import dose, text


@pytest.mark.parametrize(
    ("shift", "band"),
    [
        (-0.2, "deters"),
        (0.0, "deters"),
        (0.199, "deters"),
        (0.2, "hurts"),
        (0.299, "hurts"),
        (0.3, "spoils"),
        (0.499, "spoils"),
        (0.5, "replaces"),
        (1.0, "replaces"),
        (math.nan, "deters"),
    ],
)
def test_bands(shift: float, band: str) -> None:
    assert dose.band(shift) == band
    assert dose.verdict(shift) == text(f"dose.verdict_{band}")
    assert wording.explained({"shift": {"mean": shift}}) == text(f"dose.test_{band}")


@given(st.floats(), st.floats())
def test_more_is_never_less(one: float, other: float) -> None:
    order = ["deters", *(name for _, name in reversed(dose.BANDS))]
    less, more = sorted([one, other]) if one == one and other == other else (0.0, 1.0)
    assert order.index(dose.band(less)) <= order.index(dose.band(more))


def test_each_band_has_words_of_its_own() -> None:
    names = ["deters", *(name for _, name in dose.BANDS)]
    for start in ("verdict", "test"):
        assert len({text(f"dose.{start}_{name}") for name in names}) == len(names)


def test_through_the_built_in_encoder_alone_the_figure_is_a_guess() -> None:
    def told(*surrogates: str) -> str:
        return wording.explained({"shift": {"mean": 0.1}, "surrogates": list(surrogates)})

    plain = text("dose.test_deters")
    assert told(table.EMBEDDED) == f"{plain} {text('dose.built_in')}"
    assert told("a/vae") == told(table.EMBEDDED, "a/vae") == told() == plain


@pytest.mark.parametrize("report", [{}, {"shift": None}, {"shift": {}}, {"shift": {"mean": None}}, {"shift": 0.2}])
def test_nothing_is_claimed_without_a_measurement(report: dict[str, Any]) -> None:
    assert wording.explained({**report, "surrogates": [table.EMBEDDED]}) == ""
