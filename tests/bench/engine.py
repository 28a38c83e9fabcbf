"""The engine alone, on whatever device there is: ``python -m tests.bench.engine``.

Seconds for the coffee photograph at 512 × 512 at each quality, in this process: no daemon, no protocol. The first run
of each is shown by itself, since it loads the surrogate and measures the anchor.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from PIL import Image

from daemon.shading import anchors
from daemon.shading.engine import Canvas, Engine
from shared.protocol.messages import QUALITIES, Options
from tests.bench import table

SIDE = 512
COLUMNS = ("quality", "first, s", "median of the others, s", "shift", "SSIMULACRA2")


def row(engine: Engine, picture: Canvas, quality: str, runs: int) -> list[object]:
    """A line of the table."""
    seconds, report = [], {}
    for _ in range(runs):
        began = time.perf_counter()
        report = engine.shade(picture, Options(target="cat", quality=quality), lambda *_: None).report
        seconds.append(time.perf_counter() - began)
    found = report["shift"]["mean"], report["visibility"]["ssimulacra2"]
    return [quality, seconds[0], statistics.median(seconds[1:]), *found]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    engine = Engine()
    print(f"{engine.device}. {table.machine()}\n")
    with Image.open(anchors.photographs.folder() / "coffee.png") as image:
        picture = Canvas(np.array(image.convert("RGBA").resize((SIDE, SIDE))))
    table.show(COLUMNS, [row(engine, picture, quality, max(2, args.runs)) for quality in QUALITIES])


if __name__ == "__main__":
    main()
