"""How fast, how heavy: ``python -m tests.bench.speed``. Real daemon, real worker, real pictures.

Medians of ``--runs``; compare ratios rather than seconds, since machines are shared and noisy.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from PIL import Image

from daemon.shading import anchors
from shared.protocol.messages import QUALITIES, Options
from tests.bench import table
from tests.bench.live import Daemon
from tests.bench.pictures import over_white

SIDES = (512, 1024, 2048, 4096)


def picture(side: int) -> np.ndarray:
    """The astronaut, (side, side, 4) uint8."""
    image = over_white(anchors.photographs.folder() / "astronaut.png")
    return np.array(image.resize((side, side), Image.Resampling.LANCZOS).convert("RGBA"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sides", type=int, nargs="*", default=SIDES)
    args = parser.parse_args()
    print(table.machine() + "\n")
    starts, firsts, idle = [], [], []
    for _ in range(args.runs):
        with Daemon() as daemon:
            starts.append(daemon.ready)
            time.sleep(0.5)
            idle.append(daemon.memory())
            firsts.append(daemon.shade(picture(512), Options(concept="astronaut")).first_progress)
    table.show(
        ["daemon", "median"],
        [
            ["start to first answer, s", statistics.median(starts)],
            ["memory while idle, MiB", statistics.median(idle)],
            ["submit to first step with a cold worker, s", statistics.median(firsts)],
        ],
    )
    print()
    rows = []
    with Daemon() as daemon:
        daemon.shade(picture(512), Options(concept="astronaut"))
        base = 0.0
        for side in args.sides:
            timings = [daemon.shade(picture(side), Options(concept="astronaut")) for _ in range(args.runs)]
            seconds = statistics.median(timing.total for timing in timings)
            base = base or seconds
            shift = timings[0].report["shift"]["mean"]
            rows.append([f"{side}²", "default", seconds, seconds / base, timings[-1].peak, shift])
        for quality in QUALITIES:
            if quality != "default":
                timing = daemon.shade(picture(512), Options(concept="astronaut", quality=quality))
                shift = timing.report["shift"]["mean"]
                rows.append(["512²", quality, timing.total, timing.total / base, timing.peak, shift])
    table.show(
        ["picture", "quality", "seconds, warm", f"× {args.sides[0]}²", "worker's peak MiB", "shift (surrogate)"], rows
    )


if __name__ == "__main__":
    main()
