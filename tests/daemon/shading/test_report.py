"""The report's figures, on differences whose size is known."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from made_pictures import layer, waves

from daemon.shading import pixels, report
from daemon.shading.objective import Shifts
from daemon.shading.pixels import Canvas
from daemon.shading.report import difference, finite, shift_summary


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_nothing_changed(dtype: str) -> None:
    before = layer(waves(20, 30), dtype=dtype)
    assert difference(Canvas(before), before.copy()) == {"psnr": math.inf, "most": 0.0, "changed": 0.0}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_known_difference(dtype: str) -> None:
    before = layer(np.full((20, 50, 3), 100, np.uint8), dtype=dtype)
    after = layer(np.full((20, 50, 3), 100, np.uint8), dtype=dtype)
    after[:10, :, 1] = layer(np.full((1, 1, 3), 105, np.uint8), dtype=dtype)[0, 0, 1]
    found = difference(Canvas(before), after)
    assert found["changed"] == 0.5
    assert found["most"] == pytest.approx(5 / 255, abs=1e-5)
    assert found["psnr"] == pytest.approx(10 * math.log10(255**2 / (25 / 6)), abs=0.02)


def test_alpha_is_not_counted() -> None:
    before = layer(waves(8, 8))
    after = before.copy()
    after[..., 3] = 7
    assert difference(Canvas(before), after)["changed"] == 0


def test_bands_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = layer(waves(50, 20, 1)), layer(waves(50, 20, 2))
    whole = difference(Canvas(before), after)
    monkeypatch.setattr(report, "BAND_ROWS", 7)
    assert difference(Canvas(before), after) == pytest.approx(whole)
    assert pixels.BAND_ROWS > 50


def test_wild_floats_give_no_nan() -> None:
    before = layer(waves(4, 4), dtype="float32")
    before[0, 0] = np.nan
    before[1, 1] = np.inf
    after = before.copy()
    after[3, 3, 0] += 0.01
    found = difference(Canvas(before), after)
    assert all(math.isfinite(value) for value in found.values())
    assert found["changed"] == round(1 / 16, 4)


def test_shift_summary_has_the_mean_and_the_worst() -> None:
    plain = {"none": 0.3, "JPEG 75": 0.12345, "×0.5": -0.01}
    summary = shift_summary(Shifts(plain, {"none": 0.4, "JPEG 75": 0.2, "×0.5": 0.0}))
    assert summary["views"] == {"none": 0.3, "JPEG 75": round(0.12345, 4), "×0.5": -0.01}
    assert summary["mean"] == pytest.approx((0.3 + 0.12345 - 0.01) / 3, abs=1e-4)
    assert summary["worst"] == -0.01
    assert summary["coarse"] == 0.2


def test_numbers_that_json_can_carry() -> None:
    assert finite(1.5) == 1.5
    for value in (math.nan, math.inf, -math.inf):
        assert finite(value) is None
        json.dumps(finite(value), allow_nan=False)
