"""All that the proof takes from the product, and nothing else in this folder imports it.

Pictures are shaded through the engine's public interface, exactly as the daemon's worker does it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from daemon import shading
from daemon.shading import anchors
from daemon.shading.change import Enlarged
from daemon.shading.encoders import taesd
from daemon.shading.encoders.taesd import TinyBlock
from daemon.shading.engine import Canvas, Engine
from daemon.shading.recipes import FLOORS, Limits
from daemon.shading.visibility.fit import Visibility
from daemon.shading.visibility.ssimulacra2 import Ssimulacra2
from shared.protocol.messages import QUALITIES, Options

__all__ = ["FLOORS", "QUALITIES", "Engine", "TinyBlock", "covering", "encoder", "fitted", "score", "shade", "state"]


NO_LIMIT = 1000.0  # of colour differences, for a change that only its score limits


def state() -> str:
    """A name for the engine as it is: what its code and its weights hash to. It changes when shading may have."""
    folder, digest = Path(shading.__file__ or "").parent, hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".safetensors")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:8]


def encoder(path: Path) -> nn.Module:
    """A TAESD-family encoder: (N, 3, H, W) in 0…1 → raw latents."""
    return taesd.load(path)


def _opaque(picture: Tensor) -> Canvas:
    """(3, H, W) uint8 → a layer without transparency."""
    pixels = np.full((*picture.shape[1:], 4), 255, np.uint8)
    pixels[..., :3] = picture.permute(1, 2, 0).numpy()
    return Canvas(pixels)


def shade(
    engine: Engine, picture: Tensor, anchor: Path, *, intensity: str, quality: str, surrogates: tuple[str, ...]
) -> tuple[Tensor, dict[str, Any]]:
    """A picture (3, H, W) uint8 shaded toward the anchor, and the engine's report."""
    options = Options(anchor=str(anchor), intensity=intensity, quality=quality, encoders=surrogates)
    result = engine.shade(_opaque(picture), options, lambda *_: None)
    return torch.from_numpy(result.pixels[..., :3].copy()).permute(2, 0, 1), result.report


def covering(anchor: Path, height: int, width: int) -> Tensor:
    """The anchor as the engine lays it over a picture of that size: (3, height, width) uint8."""
    return (anchors.of_file(str(anchor)).covering(height, width)[0] * 255).round().byte()


def fitted(picture: Tensor, change: Tensor, floor: float) -> Tensor:
    """The picture (3, H, W) uint8 with as much of the change (3, H, W) as keeps its SSIMULACRA2 at the floor."""
    layer = _opaque(picture)
    height, width = layer.size
    enlarged = Enlarged(change[None], height, width)
    limits = Limits(floor, NO_LIMIT)
    fit = Visibility(layer).fit(enlarged, limits, lambda: None)
    changed = layer.shaded(0, height, fit.change.rows(0, height))
    return torch.from_numpy(changed[..., :3].copy()).permute(2, 0, 1)


def score(original: Tensor, changed: Tensor) -> float:
    """SSIMULACRA2 of a picture (3, H, W) uint8 against its original: 100 is identical."""
    one, two = _opaque(original), _opaque(changed)
    height, width = one.size
    return float(Ssimulacra2(one.over_white, height, width)(two.over_white))
