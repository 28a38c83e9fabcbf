"""The worker's loop: put a picture together, have it shaded, and send it back."""

from __future__ import annotations

import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from shared.problem import Problem
from shared.protocol.messages import (
    BAND_BYTES,
    CHANNELS,
    Band,
    Cancel,
    Code,
    Done,
    Error,
    Pixels,
    Shutdown,
    Submit,
    bands,
)

from .. import logs
from ..shading.errors import Cancelled
from .link import WorkerLink
from .progress import Reporter
from .spaces import from_srgb, to_srgb

log = logging.getLogger(__name__)

DTYPES = {"uint8": "<u1", "uint16": "<u2", "float16": "<f2", "float32": "<f4"}


class Incoming:
    """A picture on its way in: one block of memory that the bands fill."""

    def __init__(self, submit: Submit) -> None:
        self.submit = submit
        self._block = np.empty(submit.total_bytes, np.uint8)
        self._filled = 0

    def add(self, payload: memoryview) -> bool:
        """Put the next band in place. True if the picture is complete."""
        self._block[self._filled : self._filled + len(payload)] = np.frombuffer(payload, np.uint8)
        self._filled += len(payload)
        return self._filled == len(self._block)

    def pixels(self) -> np.ndarray:
        """Shape (height, width, 4), RGBA, dtype as submitted. Call once: the block is changed in place."""
        submit = self.submit
        pixels = self._block[: submit.pixel_bytes].view(DTYPES[submit.dtype])
        return _rgba(pixels.reshape(submit.height, submit.width, CHANNELS), submit.layout)

    def mask(self) -> np.ndarray | None:
        """Shape (height, width), uint8, 255 where the picture is to be shaded; ``None`` is everywhere."""
        submit = self.submit
        return self._block[submit.pixel_bytes :].reshape(submit.height, submit.width) if submit.mask else None


def _rgba(pixels: np.ndarray, layout: str) -> np.ndarray:
    """Swap red and blue in place if ``layout`` is BGRA; the same step undoes it."""
    if layout == "BGRA":
        pixels[..., [0, 2]] = pixels[..., [2, 0]]
    return pixels


class Worker:
    """One engine, one link, one job at a time. ``module`` has ``Engine`` and ``Canvas``."""

    def __init__(self, link: WorkerLink, module: ModuleType, home: Path | None) -> None:
        self._link, self._home = link, home
        self._canvas: Any = module.Canvas
        self._engine: Any = module.Engine()
        self.device: str = self._engine.device

    def run(self) -> None:
        """Work until the daemon sends ``shutdown``."""
        incoming: Incoming | None = None
        while (received := self._link.receive(wait=True)) is not None:
            message, payload = received
            if isinstance(message, Shutdown):
                return
            if isinstance(message, Submit):
                incoming = self._expect(message)
            elif incoming is None or message.id != incoming.submit.id:
                continue  # the rest of a picture that was given up
            elif isinstance(message, Cancel):
                incoming = None
                self._link.send(_cancelled().error(message.id))
            elif isinstance(message, Band) and payload is not None and incoming.add(payload):
                self._work(incoming)
                incoming = None

    def _expect(self, submit: Submit) -> Incoming | None:
        try:
            return Incoming(submit)
        except MemoryError as error:
            self._link.send(self._explain(submit.id, error))
            return None

    def _work(self, incoming: Incoming) -> None:
        try:
            self._shade(incoming)
        except Exception as error:
            self._link.send(self._explain(incoming.submit.id, error))

    def _shade(self, incoming: Incoming) -> None:
        """Shade, send the pixels, then ``done``. Raises whatever goes wrong."""
        submit = incoming.submit
        original = incoming.pixels()
        picture = self._canvas(to_srgb(original, submit.space), incoming.mask())
        shape, dtype = picture.pixels.shape, picture.pixels.dtype
        result = self._engine.shade(picture, submit.options, Reporter(self._link, submit.id))
        if result.pixels.shape != shape or result.pixels.dtype != dtype:
            raise TypeError(f"The engine returned {result.pixels.dtype} {result.pixels.shape}, not {dtype} {shape}.")
        shaded = from_srgb(original, picture.pixels, result.pixels, submit.space)
        pixels = _rgba(np.require(shaded, requirements=["C", "W"]), submit.layout)
        block = pixels.reshape(-1).view(np.uint8).data
        for band in range(bands(len(block))):
            self._link.send(Pixels(submit.id, band), block[band * BAND_BYTES : (band + 1) * BAND_BYTES])
        self._link.send(Done(submit.id, result.report, len(block)))

    def _explain(self, job_id: str, error: Exception) -> Error:
        return self._problem(job_id, error).error(job_id)

    def _problem(self, job_id: str, error: Exception) -> Problem:
        if isinstance(error, Problem):
            return error
        if isinstance(error, Cancelled):
            return _cancelled()
        log.error("job %s failed", job_id, exc_info=error)
        # torch's own exceptions are told apart by name: on most devices they are not MemoryErrors.
        if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
            return Problem("service.not_enough_memory", Code.OUT_OF_MEMORY)
        return Problem("service.worker_mistake", kind=type(error).__name__, log=logs.worker_file(self._home))


def _cancelled() -> Problem:
    return Problem("service.cancelled", Code.CANCELLED)
