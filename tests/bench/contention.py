"""Shading while another program works: ``python -m tests.bench.contention``. Real daemon, real worker.

For each load a picture is shaded alone and then beside it, in turns, since machines are shared and noisy. Two figures
count: how much longer shading takes, and how much slower the other program gets.

If the other program never pauses, both can't be small. Shading that takes ``n`` times as long has ``1/n`` of the
processor, as far as it kept all of it busy before, and that is what the other program loses.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import dataclass, field

from shared.protocol.messages import QUALITIES, Options
from tests.bench import table
from tests.bench.busy import Busy, speed
from tests.bench.live import Daemon
from tests.bench.speed import picture

PAUSE = 0.008  # seconds between two bursts of a brush, which then works about a third of the time
WATCHED = 2.0  # seconds for which the other program's own speed is measured


@dataclass
class Pairs:
    """Seconds of shading alone and beside a load; the load's bursts a second, alone and beside shading."""

    quiet: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    disturbed: list[float] = field(default_factory=list)

    def row(self, name: str) -> list[object]:
        """Medians, their ratio, and the median of each pair's loss."""
        quiet, beside = statistics.median(self.quiet), statistics.median(self.beside)
        loss = statistics.median(1 - less / own for own, less in zip(self.own, self.disturbed, strict=True))
        return [name, quiet, beside, beside / quiet, f"{loss * 100:.0f} %"]


def measure(daemon: Daemon, processes: int, pause: float, pairs: int, side: int, options: Options) -> Pairs:
    """Shade alone and beside ``processes`` busy ones, ``pairs`` times in turns."""
    pixels, found = picture(side), Pairs()
    for _ in range(pairs):
        found.quiet.append(daemon.shade(pixels, options).total)
        with Busy(processes, pause) as busy:
            first = busy.tally()
            time.sleep(WATCHED)
            second = busy.tally()
            found.beside.append(daemon.shade(pixels, options).total)
            third = busy.tally()
            time.sleep(WATCHED)
            found.own.append(statistics.mean((speed(first, second), speed(third, busy.tally()))))
            found.disturbed.append(speed(second, third))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--side", type=int, default=512, help="of the picture, in pixels")
    parser.add_argument("--quality", choices=QUALITIES, default="default")
    args = parser.parse_args()
    cores = os.cpu_count() or 1
    loads = {
        "one process that never pauses": (1, 0.0),
        f"{cores} processes with pauses, as a brush has": (cores, PAUSE),
        f"{cores} processes that never pause, one a core": (cores, 0.0),
    }
    options = Options(concept="astronaut", quality=args.quality)
    print(table.machine() + "\n")
    rows = []
    with Daemon() as daemon:
        daemon.shade(picture(args.side), options)  # starts the worker
        for name, (processes, pause) in loads.items():
            rows.append(measure(daemon, processes, pause, args.pairs, args.side, options).row(name))
    table.show(["beside", "alone, s", "beside it, s", "times as long", "it loses"], rows)


if __name__ == "__main__":
    main()
