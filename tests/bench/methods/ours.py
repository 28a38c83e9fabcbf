"""Belladonna's own engine, as the worker uses it but without the daemon."""

from __future__ import annotations

import functools
import time

import numpy as np
from PIL import Image

from daemon.shading.engine import Canvas, Engine
from daemon.shading.recipes import FLOORS
from shared.protocol.messages import Options

from . import Setting, Shaded
from .scaled import Change, Direction


@functools.cache
def _engine() -> Engine:
    """One for all pictures, as one worker has one for all its jobs."""
    return Engine()


@functools.lru_cache(16)
def _shaded(setting: Setting, intensity: str, mode: str, size: tuple[int, int], pixels: bytes, target: str) -> Shaded:
    picture = Image.frombytes(mode, size, pixels)
    options = Options(target=target, intensity=intensity, quality=setting.quality, encoders=setting.encoders)
    began = time.process_time()
    result = _engine().shade(Canvas(np.array(picture.convert("RGBA"))), options, lambda *_: None)
    seconds = time.process_time() - began
    after = Image.fromarray(result.pixels if mode == "RGBA" else result.pixels[..., :3])
    return Shaded(after, result.report["shift"]["mean"], seconds)


class Ours:
    """The product at one quality, as an artist gets it."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def __call__(self, picture: Image.Image, target: str, floor: float) -> Shaded:
        """See ``Method``; the floors are those of the intensities. The last few results are remembered."""
        intensity = next((name for name, score in FLOORS.items() if score == floor), None)
        if intensity is None:
            raise ValueError(
                f"The engine's floors are {', '.join(map(str, FLOORS.values()))}; {floor} is none of them."
            )
        return _shaded(self.setting, intensity, picture.mode, picture.size, picture.tobytes(), target)


def direction(setting: Setting) -> Direction:
    """The change of the intensity whose floor is nearest, to be brought to exactly the floor asked for."""
    ours = Ours(setting)

    def change(picture: Image.Image, target: str, floor: float) -> Change:
        found = ours(picture, target, min(FLOORS.values(), key=lambda score: abs(score - floor)))
        before, after = (np.asarray(image, np.float32)[..., :3] for image in (picture, found.picture))
        return Change(after - before, found.seconds)

    return change
