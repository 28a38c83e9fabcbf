"""The two short tables of README.md: ``python -m tests.proof.report.summary``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.proof.places import RESULTS
from tests.proof.report.rows import Row, results, rows
from tests.proof.report.table import shown, twin

GUIDANCE = "3"


def _table(head: list[str], lines: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *lines])


def _painted(row: Row) -> list[str]:
    space, arm, share, well_read = row.key
    name = arm if space == "taef2" else f"{space}: {arm}"
    counts = row.painted[("latent", GUIDANCE)]
    taught = " · ".join(f"{row.taught.share(of)[0]:.2f}" for of in ("target", "itself"))
    poisoned = "none" if row.kind == "clean" else f"{share:.0%}"
    shares = [shown(counts, of) for of in ("target", "itself")]
    first = [name if well_read else f"{name} †", poisoned, f"{row.dose:.2f}", taught, *shares]
    return [*first, twin(row, GUIDANCE), str(counts.count)]


def painted(found: list[Row]) -> str:
    """What replicas paint at guidance 3, as the judge of latents reads it."""
    head = [
        "arm",
        "share of the class",
        "dose",
        "set: target · itself",
        "painted: target",
        "painted: itself",
        "the same pictures, clean: itself",
        "samples",
    ]
    return _table(head, map(_painted, found))


def attacked(found: list[dict[str, Any]]) -> str:
    """How far attacks get on the pictures themselves, beside blends of the same shift."""
    head = [
        "attack",
        "class",
        "shift",
        "SSIMULACRA2",
        "before: itself",
        "after: target · itself",
        "blend: target · itself",
    ]

    def share(row: dict[str, Any], when: str, of: str) -> str:
        return f"{row[when][of] / row[when]['count']:.2f}"

    lines = []
    for row in found:
        pairs = [" · ".join(share(row, when, of) for of in ("target", "itself")) for when in ("after", "blend")]
        first = [row["attack"], row["concept"], f"{row['shift']:.2f}", f"{row['ssimulacra2']:.0f}"]
        lines.append([*first, share(row, "before", "itself"), *pairs])
    return _table(head, lines)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    args = parser.parse_args()
    print(painted(rows(results(args.results))))
    for file in sorted(args.results.glob("attacks-*.json")):
        if "-seed" not in file.name:
            print(f"\n{attacked(json.loads(file.read_text('utf-8')))}")


if __name__ == "__main__":
    main()
