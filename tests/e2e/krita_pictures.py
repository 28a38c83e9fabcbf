"""Pictures in Krita's own byte order, and what the command line makes of the same ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.e2e.private_home import belladonna


def bgra(rgb: np.ndarray, alpha: np.ndarray | int = 255) -> np.ndarray:
    """(H, W, 3) uint8 → (H, W, 4) as Krita stores 8-bit layers: blue, green, red, alpha."""
    out = np.empty((*rgb.shape[:2], 4), np.uint8)
    out[..., :3] = rgb[..., ::-1]
    out[..., 3] = alpha
    return out


def by_command_line(home: Path, folder: Path, layer: np.ndarray, *options: str) -> tuple[np.ndarray, dict[str, Any]]:
    """What ``belladonna shade`` gives for an 8-bit layer of Krita's: the shaded layer, and the report."""
    original, shaded, report = folder / "layer.png", folder / "shaded.png", folder / "report.json"
    Image.fromarray(layer[..., [2, 1, 0, 3]]).save(original)
    done = belladonna(home, "shade", str(original), "-o", str(shaded), "--report", str(report), "--force", *options)
    assert done.returncode == 0, done.stderr
    with Image.open(shaded) as picture:
        pixels = np.array(picture.convert("RGBA"))
    return pixels[..., [2, 1, 0, 3]], json.loads(report.read_text(encoding="utf-8"))
