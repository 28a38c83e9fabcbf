"""Dose and response as a picture: ``python -m tests.proof.report.plot`` (needs matplotlib, the extra ``proof``).

Left the share of samples that are read as the target, right the share that is still read as the concept, both at one
guidance and over the dose: lines for blends, one for each share and kind of anchor, points for attacks, and dashes for
their classes when a replica learned the same pictures unattacked. Hollow where the judge of latents doesn't read the
class well enough when it is clean.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.proof.places import RESULTS
from tests.proof.report.rows import Counts, Row, results, rows

COLOURS = {
    ("one", 1.0): "tab:red",
    ("typical", 1.0): "tab:purple",
    ("many", 1.0): "tab:orange",
    ("typical", 0.2): "tab:green",
    ("many", 0.2): "tab:cyan",
}


def _bars(found: list[Row], guidance: str, of: str) -> dict[str, Any]:
    """x, y and the lengths of the error bars, as ``Axes.errorbar`` wants them."""
    shares = [row.painted[("latent", guidance)].share(of) for row in found]
    middle = [share for share, _, _ in shares]
    below = [max(0.0, share - low) for share, low, _ in shares]
    above = [max(0.0, high - share) for share, _, high in shares]
    return {"x": [row.dose for row in found], "y": middle, "yerr": [below, above]}


def _together(line: list[Row], guidance: str, of: str) -> tuple[list[float], list[float]]:
    """Doses and shares, those rows together that have the same dose."""
    by_dose: dict[float, Counts] = {}
    for row in sorted(line, key=lambda row: row.dose):
        counts = row.painted["latent", guidance]
        by_dose.setdefault(round(row.dose, 3), Counts()).add(asdict(counts))
    return list(by_dose), [counts.share(of)[0] for counts in by_dose.values()]


def draw(found: list[Row], guidance: str, file: Path) -> None:
    """Write the picture of one space's rows as PNG."""
    import matplotlib  # pyright: ignore[reportMissingImports]  # only drawing needs the extra

    matplotlib.use("Agg")
    from matplotlib import pyplot  # pyright: ignore[reportMissingImports]

    figure, axes = pyplot.subplots(1, 2, figsize=(13, 6.2), sharex=True, sharey=True, layout="constrained")
    for axis, of in zip(axes, ("target", "itself"), strict=True):
        for (anchors, share), colour in COLOURS.items():
            line = [row for row in found if row.kind == "blend" and (row.anchors, row.key[2]) == (anchors, share)]
            if line:
                plural = "s" if anchors == "many" else ""
                name = f"blend toward {anchors} anchor{plural}, {share:.0%} of the class"
                axis.errorbar(**_bars(line, guidance, of), fmt="o", capsize=3, color=colour, label=name)
                axis.plot(*_together(line, guidance, of), color=colour)
        attacks = [row for row in found if row.kind == "attack"]
        for marker, start in (("s", "reference"), ("^", "ours"), ("x", "noise")):
            points = [row for row in attacks if row.key[1].startswith(start)]
            if points:
                axis.errorbar(**_bars(points, guidance, of), fmt=marker, capsize=3, color="black", label=start)
        twins = [(row.dose, row.twins[guidance].share(of)[0]) for row in attacks if guidance in row.twins]
        if twins:
            axis.plot(*zip(*twins, strict=True), "_", color="gray", markersize=12, label="an attack's class, clean")
        doubtful = _bars([row for row in found if row.kind in ("blend", "attack") and not row.key[3]], guidance, of)
        axis.plot(doubtful["x"], doubtful["y"], "o", color="white", markersize=3, zorder=5)
        axis.set_xlabel("dose: share of the way to the anchor (shift)")
        axis.set_ylabel(f"share of samples read as {'the target' if of == 'target' else 'the concept itself'}")
        axis.set_title(f"guidance {guidance}")
        axis.grid(alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def main() -> None:
    """Draw a picture for each space and guidance beside the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    args = parser.parse_args()
    found = rows(results(args.results))
    for space in sorted({row.key[0] for row in found}):
        of_space = [row for row in found if row.key[0] == space]
        for guidance in ("1", "3", "7"):
            draw(of_space, guidance, args.results / f"dose-{space}-guidance{guidance}.png")


if __name__ == "__main__":
    main()
