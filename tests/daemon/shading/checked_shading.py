"""Shading a layer, and checking what holds for every layer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from reference_metric import reference_score

from daemon.shading.engine import Canvas, Engine, Result
from daemon.shading.recipes import LIMITS
from shared.protocol.messages import Options


def shade(engine: Engine, pixels: np.ndarray, mask: np.ndarray | None = None, **options: Any) -> Result:
    """Shade at quality “fast” unless told otherwise, and check what holds for every layer."""
    before, kept = pixels.copy(), None if mask is None else mask.tobytes()
    result = engine.shade(
        Canvas(pixels, mask), Options(**{"concept": "dog", "quality": "fast", **options}), lambda *call: None
    )
    assert pixels.tobytes() == before.tobytes(), "the input was modified"
    assert mask is None or mask.tobytes() == kept
    assert result.pixels.shape == pixels.shape
    assert result.pixels.dtype == pixels.dtype
    assert not np.shares_memory(result.pixels, pixels)
    assert np.array_equal(result.pixels[..., 3], pixels[..., 3]), "alpha changed"
    hidden = (pixels[..., 3] == 0) | (mask == 0 if mask is not None else False)
    assert np.array_equal(result.pixels[hidden], pixels[hidden]), "hidden pixels changed"
    assert json.loads(json.dumps(result.report, allow_nan=False)) == result.report
    assert result.report["difference"]["most"] <= LIMITS[options.get("intensity", "default")].most + 1e-5
    scored = result.report["visibility"]["ssimulacra2"]
    if min(pixels.shape[:2]) < 8:
        assert scored is None or scored == 100
    else:
        assert scored >= result.report["visibility"]["floor"]
        assert result.report["visibility"]["worst_tile"] >= result.report["visibility"]["floor"]
        # Of what is left out of the metric's weights, flat layers show most: .34 of the 18.7 points a white one lost.
        near = max(0.3, 0.02 * (100 - scored))
        assert reference_score(over_white(pixels), over_white(result.pixels)) == pytest.approx(scored, abs=near)
    return result


def over_white(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0…1."""
    return Canvas(pixels).over_white(0, pixels.shape[0]).permute(1, 2, 0).numpy().astype(np.float64)
