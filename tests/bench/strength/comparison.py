"""Methods held against each other at equal visibility: ``python -m tests.bench.strength``; ``--quick`` to begin with.

Each picture is shaded by each method with the same encoders, brought to the same SSIMULACRA2, and judged: by how much
of the shift is left after what training pipelines and purifiers do, by encoders and readers that the method didn't see,
and by what can be seen. Every result is a line in ``--rows``; those that are there already aren't made again, so a run
can be stopped at any time. Ours are made again when the engine changed. Tables and plot are of the pictures that all
methods have.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from daemon.shading import device
from daemon.shading.recipes import FLOORS
from shared.problem import Problem
from shared.protocol.messages import QUALITIES
from tests.bench import table
from tests.bench.jury import MODELS
from tests.bench.methods import METHODS, Method, Setting
from tests.bench.pictures import Sample
from tests.bench.strength import collection, lines, plot
from tests.bench.strength.purify import PURIFIERS, QUICK
from tests.bench.strength.verdict import Case, path_of
from tests.proof.places import Missing
from tests.proof.shading import state

ROWS = Path(__file__).resolve().parents[2] / "output" / "strength.jsonl"
COMPARED = (80.0, 70.0)
PEERS = tuple(name for name in METHODS if not name.startswith("ours"))
JUDGES = {
    "embedded": ("taef2", "taesana"),
    "taef2": ("taef2", "taesana"),
    "taef2+taesana": ("taef2", "embedded"),
}
"""Encoders that all methods use → the judge of most columns, and the one that no method saw."""


@dataclass(frozen=True)
class Arm:
    """A method at one quality (of ours) or number of steps (of the others), and at one floor."""

    method: str
    quality: str
    steps: int
    floor: float

    @property
    def name(self) -> str:
        """Without the floor."""
        if self.method.startswith("ours"):
            return f"{self.method}, {self.quality}"
        return self.method if self.method == "noise" else f"{self.method}, {self.steps} steps"


def planned(args: argparse.Namespace) -> list[Arm]:
    """What is made of each picture."""
    floors = args.floors or (COMPARED[:1] if args.quick else COMPARED)
    qualities = args.qualities or (("default",) if args.quick else QUALITIES)
    shipped = args.intensities or (("default",) if args.quick else FLOORS)
    arms = [Arm("ours", "default", 0, FLOORS[intensity]) for intensity in shipped]
    arms += [Arm("ours, scaled", quality, 0, floor) for quality in qualities for floor in floors]
    peers = ("reference", "noise") if args.quick else PEERS
    arms += [Arm(name, "default", 0 if name == "noise" else args.steps, floor) for name in peers for floor in floors]
    return [arm for arm in arms if not args.methods or arm.method in args.methods]


class Bench:
    """Makes and judges results with one set of encoders, and keeps the methods."""

    def __init__(self, models: Path, encoders: str) -> None:
        self.encoders = encoders
        self.references = tuple(path_of(name, models) for name in encoders.split("+"))
        self.judges = [path_of(name, models) for name in JUDGES[encoders]]
        self._methods: dict[tuple[str, str, int], Method] = {}

    def method(self, arm: Arm) -> Method:
        """The arm's method, made once and warmed up on something small."""
        key = (arm.method, arm.quality, arm.steps)
        if key not in self._methods:
            setting = Setting(arm.quality, self.references, arm.steps)
            self._methods[key] = METHODS[arm.method](setting)
            if arm.method.startswith("ours"):
                self._methods[key](Image.linear_gradient("L").convert("RGB").resize((64, 64)), "cat", arm.floor)
        return self._methods[key]

    def row(self, case: Case, arm: Arm) -> dict[str, Any]:
        """One result with all its figures; of a picture that the product refuses to shade only the reason's key."""
        try:
            shaded = self.method(arm)(case.picture, case.target, arm.floor)
        except Problem as refusal:
            return {"refused": refusal.key}
        return {"seconds": shaded.seconds, **case.measured(shaded.picture, *self.judges)}


def key_of(sample: Sample, encoders: str, arm: Arm, side: int, engine: str) -> dict[str, Any]:
    """What tells a result from all others; ``engine`` is the product's state, which only our own results depend on."""
    ours = engine if arm.method.startswith("ours") else ""
    return {
        "picture": sample.name,
        "side": side,
        "encoders": encoders,
        "arm": arm.name,
        "floor": arm.floor,
        "engine": ours,
    }


def known(file: Path) -> list[dict[str, Any]]:
    """The results that are there already."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.endswith("}")]


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """All results, picture by picture; new ones are added to the file as they are made."""
    samples = collection.quick(args.side) if args.quick else collection.collection(args.side, args.pictures)
    benches = [Bench(args.models, encoders) for encoders in args.encoders]
    engine, arms, found = state(), planned(args), known(args.rows)
    purifiers = {name: PURIFIERS[name] for name in args.purifiers}
    args.rows.parent.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(samples[: args.count], 1):
        case = functools.cache(lambda sample=sample: Case(sample.image, sample.target, purifiers))
        for bench, arm in itertools.product(benches, arms):
            key = key_of(sample, bench.encoders, arm, args.side, engine)
            row = next((row for row in found if key.items() <= row.items()), None)
            if row is None and args.show:
                continue
            if row is None:
                began = time.monotonic()
                try:
                    row = {**key, "kind": sample.kind, **bench.row(case(), arm)}
                except Problem as refusal:  # pixel art, at the gentler intensities
                    print(f"{sample.name}, {arm.name} at {arm.floor:g}: {refusal.sentence}", file=sys.stderr)
                    continue
                with args.rows.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                took = f"{time.monotonic() - began:.1f} s"
                print(f"{number} {sample.name}, {bench.encoders}, {arm.name} at {arm.floor:g}: {took}", file=sys.stderr)
            yield row


def arguments(given: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four pictures, few arms and purifiers")
    parser.add_argument("--encoders", nargs="*", choices=JUDGES, help="what all methods use")
    parser.add_argument("--methods", nargs="*", choices=METHODS, help="only these")
    parser.add_argument("--floors", nargs="*", type=float, help="SSIMULACRA2 at which methods are compared")
    parser.add_argument("--steps", type=int, default=40, help="of the peers; the reference code takes 500")
    parser.add_argument("--side", type=int, help="pixels on the pictures' shorter side: 512, with --quick 256")
    parser.add_argument("--purifiers", nargs="*", choices=PURIFIERS, help="only these")
    parser.add_argument("--intensities", nargs="*", choices=FLOORS, help="only these, of ours as it is")
    parser.add_argument("--qualities", nargs="*", choices=QUALITIES, help="only these, of ours")
    parser.add_argument("--count", type=int, help="only the first pictures")
    parser.add_argument("--pictures", type=Path, help="where the Debian packages were unpacked")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder with the weights of the encoders")
    parser.add_argument("--show", action="store_true", help="make nothing, show what is there")
    parser.add_argument("--rows", type=Path, default=ROWS, help="file that keeps the results")
    parser.add_argument("--report", type=Path, help="folder for the lines as JSON and a plot (needs matplotlib)")
    args = parser.parse_args(given)
    args.side = args.side or (256 if args.quick else 512)
    args.purifiers = args.purifiers or (QUICK if args.quick else list(PURIFIERS))
    args.encoders = args.encoders or (["embedded"] if args.quick else ["embedded", "taef2+taesana"])
    return args


def main(given: list[str] | None = None) -> int:
    """Run and print; 1 and a sentence where weights or pictures are missing."""
    args = arguments(given)
    try:
        rows = list(run(args))
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"{device.pick().name}, shorter side {args.side} px. {table.machine()}\n")
    found = lines.lines(rows)
    lines.show(found)
    if args.report:
        args.report.mkdir(parents=True, exist_ok=True)
        (args.report / "strength.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        plot.draw(found, args.report / "strength.png")
    return 0
