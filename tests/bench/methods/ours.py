"""Belladonna's own engine, as the worker uses it but without the daemon."""

from __future__ import annotations

import numpy as np
from PIL import Image

from daemon.shading.engine import Canvas, Engine
from daemon.shading.recipes import FLOORS
from shared.protocol.messages import Options

from . import Shaded


class Ours:
    """One engine for all pictures, as one worker has one for all its jobs."""

    def __init__(self, quality: str, encoders: tuple[str, ...]) -> None:
        self.engine, self.quality, self.encoders = Engine(), quality, encoders

    def __call__(self, picture: Image.Image, target: str, floor: float) -> Shaded:
        """See ``Method``; the floors are those of the intensities."""
        intensity = next((name for name, score in FLOORS.items() if score == floor), None)
        if intensity is None:
            raise ValueError(
                f"The engine's floors are {', '.join(map(str, FLOORS.values()))}; {floor} is none of them."
            )
        options = Options(target=target, intensity=intensity, quality=self.quality, encoders=self.encoders)
        result = self.engine.shade(Canvas(np.array(picture.convert("RGBA"))), options, lambda *_: None)
        return Shaded(Image.fromarray(result.pixels[..., :3]), result.report["shift"]["mean"])
