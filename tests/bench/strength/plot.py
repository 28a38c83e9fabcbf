"""Dose against visibility, one line a method, beside one another for each set of encoders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def draw(found: Sequence[dict[str, Any]], file: Path) -> None:
    """Write the lines of ``lines.lines`` as a PNG. All methods begin at no change and a score of 100."""
    import matplotlib  # pyright: ignore[reportMissingImports]  # only drawing needs the extra

    matplotlib.use("Agg")
    from matplotlib import pyplot  # pyright: ignore[reportMissingImports]

    sets = list(dict.fromkeys(one["encoders"] for one in found))
    figure, axes = pyplot.subplots(1, len(sets), figsize=(7 * len(sets), 5.2), sharey=True, squeeze=False)
    for axis, encoders in zip(axes[0], sets, strict=True):
        for method in dict.fromkeys(one["method"] for one in found if one["encoders"] == encoders):
            points = [(one["SSIMULACRA2"], one["shift"]) for one in found
                      if (one["encoders"], one["method"]) == (encoders, method)]  # fmt: skip
            x, y = zip(*sorted([(100.0, 0.0), *points]), strict=True)
            axis.plot(x, y, "s--" if method.startswith("ours") else "o-", label=method)
        axis.invert_xaxis()
        axis.set_xlabel("SSIMULACRA2 (100: identical, 80: not seen side by side, 50: grain is seen)")
        axis.set_title(f"all methods use {encoders}")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("shift, mean of views, TAEF2 as judge")
    axes[0][0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(file, dpi=90)
    pyplot.close(figure)
