"""Is a shaded picture found out? ``python -m tests.bench.detection``.

Clean and shaded crops are told apart by statistics that need no training and by a small network trained on such pairs,
which is the easy case for whoever filters: our code is open. Pictures that are judged were never trained on.

Shading takes most of the time. Its results are kept in ``--folder`` for each state of the engine, and a run that was
cut off goes on there.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from shared.protocol.messages import QUALITIES
from tests.bench import table
from tests.bench.detection.detectors import STATISTICS, Detector, as_jpeg, train
from tests.bench.detection.pairs import Pairs, Source, make, sources
from tests.bench.pictures import fetch
from tests.proof.shading import state

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tests" / "output" / "detection"
PHOTOGRAPHS = ROOT.parent / "shared" / "data" / "photographs"
KINDS = ("drawing", "photograph", "wallpaper")
FALSE_ALARMS = (0.001, 0.01, 0.05, 0.1)  # shares of clean crops
JPEG = 75
DRAWS = 200  # of the bootstrap


def auc(clean: np.ndarray, shaded: np.ndarray) -> float:
    """The probability that a shaded crop scores above a clean one, both (N,); ties count half."""
    values, place = np.unique(np.concatenate([clean, shaded]), return_inverse=True)
    lows, highs = (np.bincount(part, minlength=len(values)) for part in np.split(place, [len(clean)]))
    below = np.cumsum(lows) - lows / 2
    return float((highs * below).sum() / (len(clean) * len(shaded)))


def found_at(clean: np.ndarray, shaded: np.ndarray, false_alarms: float) -> float:
    """The share of shaded crops above the score that this share of clean crops, rounded down, exceeds."""
    threshold = np.sort(clean)[::-1][min(int(false_alarms * len(clean)), len(clean) - 1)]
    return float((shaded > threshold).mean())


def interval(scores: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """95 % of the AUC, by drawing pictures again, whose crops are alike; ``scores`` has (clean, shaded) of each."""
    rng = np.random.default_rng(0)
    drawn = [[scores[int(one)] for one in rng.integers(0, len(scores), len(scores))] for _ in range(DRAWS)]
    areas = [auc(*(np.concatenate(side) for side in zip(*draw, strict=True))) for draw in drawn]
    low, high = np.quantile(areas, [0.025, 0.975])
    return float(low), float(high)


def judged(name: str, detector: Detector, held: Sequence[Pairs]) -> list[object]:
    """A row: AUC with its interval, of each kind, after JPEG, and what is found at each rate of false alarms."""
    scores = [(detector(pairs.clean), detector(pairs.shaded)) for pairs in held]
    clean, shaded = (np.concatenate(side) for side in zip(*scores, strict=True))
    jpegs = [(detector(as_jpeg(pairs.clean, JPEG)), detector(as_jpeg(pairs.shaded, JPEG))) for pairs in held]
    row: list[object] = [name, f"{auc(clean, shaded):.3f} ({' – '.join(f'{end:.3f}' for end in interval(scores))})"]
    for kind in KINDS:
        chosen = [both for both, pairs in zip(scores, held, strict=True) if pairs.source.kind == kind]
        row.append(auc(*(np.concatenate(side) for side in zip(*chosen, strict=True))) if chosen else "–")
    row.append(auc(*(np.concatenate(side) for side in zip(*jpegs, strict=True))))
    return [*row, *(f"{found_at(clean, shaded, rate) * 100:.0f} %" for rate in FALSE_ALARMS)]


def _told(made: Iterator[Pairs], wanted: int) -> Iterator[Pairs]:
    """Pass pairs on; a line now and then says how far it is."""
    began = said = time.monotonic()
    count = 0
    for pairs in made:
        count += len(pairs.clean)
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(f"{count} of {wanted} pairs after {(said - began) / 60:.0f} min", flush=True)
        if len(pairs.clean):
            yield pairs


def measure(folder: Path, found: Sequence[Source], wanted: int, quality: str, epochs: int, processes: int = 1) -> None:
    """Make the pairs, train, judge and print."""
    pairs = list(_told(make(folder, found, wanted, quality, processes), wanted))
    held = [each for each in pairs if each.held]
    seen = [each for each in pairs if not each.held]
    if not held or not seen:
        raise SystemExit("That is too few pairs to train on some and judge others: ask for more with --pairs.")
    counts = [(sum(len(each.clean) for each in part), len(part)) for part in (seen, held)]
    print("{} pairs of {} pictures to train on, {} of {} to judge".format(*counts[0], *counts[1]), flush=True)
    net = train(seen, epochs, folder / f"net-{counts[0][0]}-{epochs}.pt")
    detectors = {**STATISTICS, "network, trained on our pairs": net.detector()}
    rates = [f"found, {rate * 100:g} % false alarms" for rate in FALSE_ALARMS]
    rows = [judged(name, detector, held) for name, detector in detectors.items()]
    print()
    table.show(["detector", "AUC (95 %)", *(f"{kind}s" for kind in KINDS), f"after JPEG {JPEG}", *rates], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--quality", choices=QUALITIES, default="default")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--processes", type=int, default=1, help="that shade side by side")
    parser.add_argument("--pictures", type=Path, help="where Debian's packages were unpacked (default: downloads them)")
    parser.add_argument("--photographs", type=Path, default=PHOTOGRAPHS, help="a folder; none of it is published")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    args = parser.parse_args()
    print(f"{table.machine()}, engine {state()}, {args.quality}", flush=True)
    photographs = args.photographs if args.photographs.is_dir() else None
    if photographs is None:
        print(f"no photographs: there is no folder {os.fspath(args.photographs)}")
    found = sources(args.pictures or fetch(), photographs)
    folder = args.folder / f"{state()}-{args.quality}"
    measure(folder, found, args.pairs, args.quality, args.epochs, args.processes)
