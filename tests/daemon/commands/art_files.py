"""Small pictures as files, for the commands to work on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np


def noise(height: int, width: int, channels: int = 3, dtype: Any = np.uint8) -> np.ndarray[Any, Any]:
    """Random samples, the same ones for the same size."""
    random = np.random.default_rng(height * width)
    return random.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype=dtype)


def png(path: Path, samples: np.ndarray[Any, Any]) -> Path:
    """Write samples, (height, width[, channels]), and return where."""
    path.write_bytes(imagecodecs.png_encode(samples))
    return path
