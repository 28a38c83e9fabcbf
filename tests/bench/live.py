"""A real daemon in a home of its own, and pictures sent through it with their times taken."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from shared.client.client import Client
from shared.client.events import Failed, Finished
from shared.client.finder import Running
from shared.client.link import Link, open_link
from shared.machine import endpoint
from shared.protocol.messages import Options, Progress, Submit, new_id

ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 2**20


@dataclass
class Timing:
    """Seconds of one picture, from submit on; ``peak`` is the worker's memory in MiB while it was shaded."""

    first_progress: float = 0.0
    total: float = 0.0
    peak: float = 0.0
    report: dict = field(default_factory=dict)


class Daemon:
    """For ``with``: starts the daemon the way the editors do, ends it afterwards."""

    def __init__(
        self,
        command: tuple[str, ...] = ("-m", "daemon", "serve"),
        opener: Callable[[endpoint.Endpoint], Link] = open_link,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="belladonna-bench-")
        self.home = Path(self._folder.name)
        environment = {**os.environ, "BELLADONNA_HOME": str(self.home)}
        began = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
        while endpoint.read(self.home) is None:
            time.sleep(0.002)
        self.client = Client("bench", Running(self.home, opener))
        while self.client.state != "ready":
            self.client.poll()
            self.client.wait(5)
        self.ready = time.perf_counter() - began

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(20)
        self._folder.cleanup()

    def memory(self) -> float:
        """Resident memory of the daemon itself, MiB."""
        return psutil.Process(self.process.pid).memory_info().rss / MEBIBYTE

    def _worker_memory(self) -> Iterator[float]:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children():
                # VmHWM on Linux: the peak since the worker started, without having to look often
                status = Path(f"/proc/{child.pid}/status")
                lines = status.read_text().splitlines() if status.exists() else []
                peaks = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
                yield max(peaks, default=child.memory_info().rss / MEBIBYTE)

    def shade(self, pixels: np.ndarray, options: Options) -> Timing:
        """Shade (H, W, 4); raises ``RuntimeError`` with the daemon's sentence if that fails."""
        block = pixels.reshape(-1).view(np.uint8).data
        height, width = pixels.shape[:2]

        def source(offset: int, length: int) -> memoryview:
            return block[offset : offset + length]

        timing, began = Timing(), time.perf_counter()
        job = self.client.submit(Submit(new_id(), width, height, pixels.dtype.name, options=options), source)
        while True:
            for event in self.client.poll():
                now = time.perf_counter() - began
                if isinstance(event, Progress) and event.stage == "shading" and not timing.first_progress:
                    timing.first_progress = now
                if isinstance(event, Failed) and event.id == job:
                    raise RuntimeError(event.problem.told)
                if isinstance(event, Finished) and event.id == job:
                    timing.total, timing.report = now, event.report
                    timing.peak = max(self._worker_memory(), default=0.0)
                    return timing
            self.client.wait(20)
