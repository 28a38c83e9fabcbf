"""All arms as a table, for people (Markdown) and for programs (CSV): ``python -m tests.proof.report.table``."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

from tests.proof.places import RESULTS
from tests.proof.presets import GUIDANCE
from tests.proof.report.rows import Counts, Row, results, rows

KEYS = [f"{guidance:g}" for guidance in GUIDANCE]
HEAD = ["arm", "share", "dose", "set: target", "set: itself"]
HEAD += [f"target, guidance {key}" for key in KEYS] + [f"itself, guidance {key}" for key in KEYS]
HEAD += [
    "the same pictures, clean: itself, guidance 3",
    "pixels: target",
    "pixels: itself",
    "samples",
    "carried by (seed)",
]


def shown(counts: Counts, of: str) -> str:
    """A share with its interval."""
    share, low, high = counts.share(of)
    return f"{share:.2f} ({low:.2f}–{high:.2f})"


def twin(row: Row, guidance: str) -> str:
    """How much of it was itself when an attack's classes were clean; "" where there is no such run."""
    counts = row.twins.get(guidance)
    return shown(counts, "itself") if counts else ""


def _cells(row: Row) -> Iterator[str]:
    """A row of the Markdown table, in the order of ``HEAD``."""
    space, arm, share, well_read = row.key
    name = arm if space == "taef2" else f"{space}: {arm}"
    yield name if well_read else f"{name} †"
    yield f"{share:.0%}" if row.kind != "clean" else "0"
    yield f"{row.dose:.2f}"
    for of in ("target", "itself"):
        yield f"{row.taught.share(of)[0]:.2f}"
    for of in ("target", "itself"):
        for key in KEYS:
            yield shown(row.painted[("latent", key)], of)
    yield twin(row, "3")
    pixels = row.painted.get(("pixel", "3"))
    for of in ("target", "itself"):
        yield shown(pixels, of) if pixels else ""
    yield str(row.painted[("latent", KEYS[0])].count)
    yield ", ".join(row.carried) if row.kind != "clean" else f"{len(row.carried)} controls"


def markdown(found: list[Row]) -> str:
    """The table as Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *(list(_cells(row)) for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def write_csv(runs: list[dict], file: Path) -> None:
    """Every class of every run at every guidance on a line of its own."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        facts = ["run", "space", "seed", "concept", "target", "arm", "share", "dose", "set shift"]
        writer.writerow(
            [*facts, "judge", "its clean accuracy", "guidance", "count", "read as target", "read as itself"]
        )
        for run in runs:
            for arm in run["arms"]:
                first = [run["run"], run["space"], run["seed"], arm["concept"], run["target"], arm["arm"], arm["share"]]
                first += [arm["dose"], arm["set"]["shift"]]
                for judge, accuracy in arm["judges"].items():
                    for key, found in arm[judge].items():
                        writer.writerow(
                            [*first, judge, accuracy, key, found["count"], found["target"], found["itself"]]
                        )


def main() -> None:
    """Write ``table.md`` and ``table.csv`` beside the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    args = parser.parse_args()
    runs = results(args.results)
    text = markdown(rows(runs))
    (args.results / "table.md").write_text(text, "utf-8")
    write_csv(runs, args.results / "table.csv")
    print(text)


if __name__ == "__main__":
    main()
