"""What a step costs with each class of encoder: ``python -m tests.bench.encoders``.

Random weights in the real configurations. A step is one way forward and one back to the picture on the product's device
and in its number format, without views and visibility, which cost the same with any encoder. The processor's seconds
add up all threads and hardly depend on what else is running. Peak memory is that of a process with Python and torch in
it (on a GPU: what torch took of the GPU's). Then a comparison with the code of Nightshade's authors, on Stable
Diffusion's VAE: by the processor's seconds, or by the clock on a GPU.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from daemon.shading import device
from tests.bench import table

from .configurations import ENCODERS
from .cost import Cost, alone

COLUMNS = ("model", "class", "encoder's parameters, M", "side", "seconds a step", "the processor's", "peak memory, GiB")
REFERENCE = "SD 1.5, SDXL"
OURS, THEIRS = 24, 500  # steps


def rows(names: Sequence[str], side: int, costs: dict[str, Cost]) -> Iterator[list[object]]:
    """The lines of the table, measured one after the other; ``costs`` gets what was found."""
    for name in names:
        cost = costs[name] = alone(name, side)
        figures = (f"{figure:.2f}" for figure in (cost.seconds, cost.processor, cost.peak))
        yield [name, ENCODERS[name][0], f"{cost.parameters:.1f}", f"{side}²", *figures]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", nargs="+", type=int, default=[512, 1024])
    parser.add_argument("--models", nargs="+", choices=ENCODERS, default=list(ENCODERS))
    args = parser.parse_args()
    print(f"{device.pick().name}. {table.machine()}\n", flush=True)
    for side in args.sides:
        costs: dict[str, Cost] = {}
        table.show(COLUMNS, rows(args.models, side, costs))
        if REFERENCE in costs:
            published = alone(REFERENCE, side, as_published=True)
            ours, theirs = costs[REFERENCE].processor, published.processor
            if device.pick().torch.type != "cpu":
                ours, theirs = costs[REFERENCE].seconds, published.seconds
            times = THEIRS * theirs / (OURS * ours)
            print(f"\n{REFERENCE}: {ours:.2f} s a step; in float32 with all remembered {theirs:.2f} s", end="")
            print(
                f" and {published.peak:.2f} GiB. So {OURS} steps take 1/{times:.0f} of the reference's {THEIRS},",
                end="",
            )
            print(" extrapolated from one step each.\n", flush=True)


if __name__ == "__main__":
    main()
