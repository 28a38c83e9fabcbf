"""The rows of ``comparison.py`` as tables: a line for each method, and how it stands against the reference."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence, Set
from typing import Any

from tests.bench import table

Row = dict[str, Any]
PLAIN = (
    "coarse", "unseen", "unseen coarse", "read otherwise", "read as target",
    "SSIMULACRA2", "by ours", "worst tile", "FLIP", "worst ΔE", "PNG", "JPEG", "seconds",
)  # fmt: skip
COLUMNS = (
    "encoders", "floor", "method", "pictures", "shift", "worst view", "worst purifier", "its SSIMULACRA2", *PLAIN,
)  # fmt: skip
COMPARED = ("shift", "worst view", "worst purifier", "unseen", "seconds")
REFERENCE = "reference"


def _means(found: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.mean(figures[name] for figures in found) for name in found[0]}


def line(rows: Sequence[Row], purifiers: Set[str]) -> dict[str, Any]:
    """The means of one arm's rows. The worst view and purifier are those with the lowest mean, and named.

    ``purifiers`` are those that all rows have with which these are compared.
    """
    views = _means([row["views"] for row in rows])
    purified = _means([{name: row["purified"][name] for name in sorted(purifiers)} for row in rows])
    view, purifier = min(views, key=lambda name: views[name]), min(purified, key=lambda name: purified[name])
    return {
        "encoders": rows[0]["encoders"],
        "floor": f"{rows[0]['floor']:g}",
        "method": rows[0]["arm"],
        "pictures": len(rows),
        "shift": statistics.mean(views.values()),
        "worst view": views[view],
        "view": view,
        "worst purifier": purified[purifier],
        "purifier": purifier,
        "its SSIMULACRA2": statistics.mean(row["purified score"][purifier] for row in rows),
        **{name: statistics.mean(row.get(name, math.nan) for row in rows) for name in PLAIN},
    }


def lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A line for each arm, of the pictures that all arms with the same encoders have and none refused."""
    found = []
    for encoders in dict.fromkeys(row["encoders"] for row in rows):
        arms: dict[tuple[float, str], list[Row]] = {}
        for row in rows:
            if row["encoders"] == encoders and "refused" not in row:
                arms.setdefault((row["floor"], row["arm"]), []).append(row)
        shared = set.intersection(*({row["picture"] for row in of_arm} for of_arm in arms.values()))
        if shared:
            purifiers = set.intersection(*(set(row["purified"]) for of_arm in arms.values() for row in of_arm))
            order = sorted(arms, key=lambda key: -key[0])
            found += [line([row for row in arms[key] if row["picture"] in shared], purifiers) for key in order]
    return found


def against_reference(found: Sequence[dict[str, Any]]) -> list[list[object]]:
    """For each line with a line of the reference at its encoders and floor: the figures as multiples of that."""
    result: list[list[object]] = []
    for one in found:
        same = [other for other in found if (other["encoders"], other["floor"]) == (one["encoders"], one["floor"])]
        base = next((other for other in same if other["method"].startswith(REFERENCE)), None)
        if base is not None and base is not one:
            ratios = [one[name] / base[name] if base[name] > 0 else float("nan") for name in COMPARED]
            result.append([one["encoders"], one["floor"], one["method"], *ratios])
    return result


def cells(one: dict[str, Any]) -> list[object]:
    """A line as the table shows it."""
    named = {f"worst {kind}": f"{one[f'worst {kind}']:.3f} ({one[kind]})" for kind in ("view", "purifier")}
    return [{**one, **named}[name] for name in COLUMNS]


def show(found: Sequence[dict[str, Any]]) -> None:
    """Print the lines, and against the reference."""
    table.show(COLUMNS, [cells(one) for one in found])
    print()
    table.show(["encoders", "floor", "× the reference", *COMPARED], against_reference(found))
