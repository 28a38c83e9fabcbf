"""Another program at work, as processes that count: ``contention.py`` runs it beside the worker.

``python -m tests.bench.busy FILE PAUSE`` counts in bursts of some milliseconds with ``PAUSE`` seconds between them, and
keeps in ``FILE`` how many bursts there were and how long they took together.
"""

from __future__ import annotations

import mmap
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TALLY = struct.Struct("qd")  # bursts, seconds spent in them
BURST = 100_000  # rounds of the counting loop, 3–6 ms


class Busy:
    """For ``with``: so many processes, in this process's session like the threads of one program."""

    def __init__(self, processes: int, pause: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="belladonna-busy-")
        self._files = [Path(self._folder.name) / str(number) for number in range(processes)]
        for file in self._files:
            file.write_bytes(bytes(TALLY.size))
        self._processes = [
            subprocess.Popen([sys.executable, "-m", "tests.bench.busy", file, str(pause)], cwd=ROOT)
            for file in self._files
        ]

    def __enter__(self) -> Busy:
        while any(not bursts for bursts, _ in self._tallies()):
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
            process.wait(20)
        self._folder.cleanup()

    def _tallies(self) -> list[tuple[int, float]]:
        return [TALLY.unpack(file.read_bytes()) for file in self._files]

    def tally(self) -> tuple[int, float]:
        """(bursts, seconds spent in them) of all processes so far."""
        bursts, seconds = zip(*self._tallies(), strict=True)
        return sum(bursts), sum(seconds)


def speed(before: tuple[int, float], after: tuple[int, float]) -> float:
    """Bursts a second between two tallies, pauses left out."""
    return (after[0] - before[0]) / (after[1] - before[1])


def main(file: str, pause: float) -> None:
    """Count until the parent ends this process, or is gone."""
    parent, bursts, seconds = os.getppid(), 0, 0.0
    with Path(file).open("r+b") as opened, mmap.mmap(opened.fileno(), TALLY.size) as tally:
        while os.getppid() == parent:
            began = time.perf_counter()
            for _ in range(BURST):
                pass
            bursts, seconds = bursts + 1, seconds + time.perf_counter() - began
            tally[:] = TALLY.pack(bursts, seconds)
            if pause:
                time.sleep(pause)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
