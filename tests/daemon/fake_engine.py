"""A stand-in for the shading engine, without torch: it inverts the picture and does what the concept tells it to.

The concept holds words like ``steps=5 pause=0.1 then=kill``:

    steps  how often on_progress is called (3)     pause  seconds of sleep before each step (0)
    deaf   1: never call on_progress               then   after the steps: shade, kill, exit, shading_error, memory,
                                                          surprise, wrong_shape, bad_report, alias,
                                                          long_error
``$FAKE_ENGINE_LOADS`` is how many seconds loading takes.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared.problem import Problem
from shared.protocol.messages import Code, Options

time.sleep(float(os.environ.get("FAKE_ENGINE_LOADS", "0")))


@dataclass
class Canvas:
    pixels: np.ndarray
    mask: np.ndarray | None


@dataclass
class Result:
    pixels: np.ndarray
    report: dict[str, Any] = field(default_factory=dict)


class Engine:
    """Colour channels become ``maximum - value`` where the mask allows; the report says what the engine was given."""

    def __init__(self) -> None:
        self.device = "fake device"

    def shade(self, picture: Canvas, options: Options, on_progress: Callable[[str, int, int, float], None]) -> Result:
        orders = dict(word.split("=") for word in options.concept.split() if "=" in word)
        steps = int(orders.get("steps", "3"))
        pause = float(orders.get("pause", "0"))
        deaf = orders.get("deaf") == "1"
        if not deaf:
            on_progress("preparing", 0, 0, 0.0)
        for step in range(1, steps + 1):
            time.sleep(pause)
            if not deaf:
                on_progress("shading", step, steps, step / steps)
        result = getattr(self, f"_{orders.get('then', 'shade')}")(picture)
        if options.survival:
            result.report["survival"] = {"views": {"JPEG 50": 0.05, "median 5": 0.02}}
        return result

    def _shade(self, picture: Canvas) -> Result:
        pixels = picture.pixels.copy()
        maximum = np.array({"uint8": 255, "uint16": 65535, "float32": 1.0}[pixels.dtype.name], pixels.dtype)
        for channel in range(3):
            original = pixels[..., channel]
            shaded = maximum - original
            pixels[..., channel] = shaded if picture.mask is None else np.where(picture.mask, shaded, original)
        report = {
            "shape": list(pixels.shape),
            "dtype": pixels.dtype.name,
            "first_red": float(picture.pixels[0, 0, 0]),
            "pid": os.getpid(),
            "shift": {"mean": 0.12, "views": {"none": 0.13, "JPEG 75": 0.11}},
        }
        return Result(pixels, report)

    def _alias(self, picture: Canvas) -> Result:
        picture.pixels.flags.writeable = False
        return Result(picture.pixels)

    def _kill(self, picture: Canvas) -> Result:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def _exit(self, picture: Canvas) -> Result:
        os._exit(7)

    def _shading_error(self, picture: Canvas) -> Result:
        raise Problem.worded("The encoder is missing.", "Choose another folder.", Code.MODEL_MISSING)

    def _long_error(self, picture: Canvas) -> Result:
        raise Problem.worded("No" + "!" * 100_000, "Choose another folder.", Code.UNSUPPORTED)

    def _memory(self, picture: Canvas) -> Result:
        raise MemoryError

    def _surprise(self, picture: Canvas) -> Result:
        raise ZeroDivisionError("a surprise")

    def _wrong_shape(self, picture: Canvas) -> Result:
        return Result(picture.pixels[:, :-1])

    def _bad_report(self, picture: Canvas) -> Result:
        return Result(picture.pixels, {"shift": float("nan")})
