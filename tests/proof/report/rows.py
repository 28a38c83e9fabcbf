"""The results of all runs as rows: one for each arm, the counts of several classes and seeds added up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.proof.judging.reading import GOOD, wilson


@dataclass
class Counts:
    """Samples read by one judge at one guidance."""

    count: int = 0
    itself: int = 0
    target: int = 0

    def add(self, found: dict[str, int]) -> None:
        self.count += found["count"]
        self.itself += found["itself"]
        self.target += found["target"]

    def share(self, of: str) -> tuple[float, float, float]:
        """(share, lower end, upper end) of "target" or "itself"; the ends are Wilson's for 95 %."""
        hits = getattr(self, of)
        return hits / max(1, self.count), *wilson(hits, self.count)


@dataclass
class Row:
    """An arm on classes that the judge of latents reads well when they are clean, or on those that it doesn't.

    ``key`` is (space, arm, share of the class poisoned, well read). Judges' readings by (judge, guidance); those of
    pixels only where that judge reads the class well. ``twins`` are the readings of latents, by guidance, of the
    attacked classes when a replica learned the very pictures as they were.
    """

    key: tuple[str, str, float, bool]
    kind: str
    anchors: str
    doses: list[float] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)  # concept and seed
    taught: Counts = field(default_factory=Counts)  # the poisoned pictures themselves
    painted: dict[tuple[str, str], Counts] = field(default_factory=dict)
    twins: dict[str, Counts] = field(default_factory=dict)

    @property
    def dose(self) -> float:
        """The mean shift of the poisoned pictures toward their anchors."""
        return sum(self.doses) / max(1, len(self.doses))


def results(folder: Path) -> list[dict[str, Any]]:
    """What ``tests.proof.replica`` wrote, one for each run."""
    files = sorted(folder.glob("*-seed*.json"))
    return [json.loads(file.read_text("utf-8")) for file in files]


def readable(arm: dict[str, Any], judge: str = "latent") -> bool:
    """Whether a judge reads the arm's class well enough when it is clean."""
    return arm["judges"].get(judge, 0.0) >= GOOD


def rows(runs: Iterable[dict[str, Any]]) -> list[Row]:
    """Rows in the order of kind, dose and share; the target itself is no arm."""
    runs = list(runs)
    found: dict[tuple[str, str, float, bool], Row] = {}
    for run in runs:
        for arm in run["arms"]:
            if arm["concept"] == run["target"]:
                continue
            key = _key(run, arm)
            row = found.setdefault(key, Row(key, arm["kind"], arm["anchors"]))
            row.doses.append(arm["dose"] if arm["kind"] in ("blend", "label") else arm["set"]["shift"])
            row.carried.append(f"{arm['concept']} ({run['seed']})")
            row.taught.add(arm["set"])
            for judge in ("latent", "pixel"):
                for guidance, reading in arm[judge].items():
                    if judge == "latent" or readable(arm, judge):
                        row.painted.setdefault((judge, guidance), Counts()).add(reading)
    _add_twins(found.values(), runs)
    return sorted(found.values(), key=_order)


def _add_twins(found: Iterable[Row], runs: Iterable[dict[str, Any]]) -> None:
    """Give each attack what was painted of its classes, with as many pictures, when they were clean."""
    arms = [(run, arm) for run in runs for arm in run["arms"]]
    for row in found:
        attacked = {(arm["concept"], arm["pictures"]) for run, arm in arms if row.key == _key(run, arm)}
        for run, arm in arms if row.kind == "attack" else ():
            is_clean = run["space"] == row.key[0] and arm["kind"] == "clean"
            if is_clean and (arm["concept"], arm["pictures"]) in attacked:
                for guidance, reading in arm["latent"].items():
                    row.twins.setdefault(guidance, Counts()).add(reading)


def _key(run: dict[str, Any], arm: dict[str, Any]) -> tuple[str, str, float, bool]:
    """What the product made depends on the state of its engine, so that belongs to the name."""
    engine = f", engine {run['engine']}" if arm["attack"].startswith("ours") else ""
    return run["space"], arm["arm"] + engine, arm["share"], readable(arm)


def _order(row: Row) -> tuple[str, int, float, str, float, bool]:
    kinds = ("clean", "label", "blend", "attack")
    return row.key[0], kinds.index(row.kind), -row.key[2], row.anchors, row.dose, not row.key[3]
