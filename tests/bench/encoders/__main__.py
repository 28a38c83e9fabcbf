"""What a step costs with each class of encoder: ``python -m tests.bench.encoders``.

Random weights in the real configurations. A step is one way forward and one back to the picture on the product's device
and in its number format, without views and visibility, which cost the same whatever the encoder. Peak memory is that
of a process with Python and torch in it (on a GPU: what torch took of the GPU's). Then a comparison with the code of
Nightshade's authors, on Stable Diffusion's VAE.
"""

from __future__ import annotations

import argparse

from daemon.shading import device
from tests.bench import table

from .configurations import ENCODERS
from .cost import alone

COLUMNS = ("model", "class", "encoder's parameters, M", "side", "seconds a step", "peak memory, GiB")
REFERENCE = "SD 1.5, SDXL"
OURS, THEIRS = 24, 500  # steps


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", nargs="+", type=int, default=[512, 1024])
    parser.add_argument("--models", nargs="+", choices=ENCODERS, default=list(ENCODERS))
    args = parser.parse_args()
    print(f"{device.pick().name}. {table.machine()}\n", flush=True)
    for side in args.sides:
        costs = {name: alone(name, side) for name in args.models}
        rows = [
            [name, ENCODERS[name][0], f"{cost.parameters:.1f}", f"{side}²", f"{cost.seconds:.2f}", f"{cost.peak:.2f}"]
            for name, cost in costs.items()
        ]
        table.show(COLUMNS, rows)
        if REFERENCE in costs:
            ours, theirs = costs[REFERENCE].seconds, alone(REFERENCE, side, as_published=True)
            times = THEIRS * theirs.seconds / (OURS * ours)
            print(f"\n{REFERENCE}: {ours:.2f} s a step; in float32 with all remembered {theirs.seconds:.2f} s", end="")
            print(
                f" and {theirs.peak:.2f} GiB. So {OURS} steps take 1/{times:.0f} of the reference's {THEIRS},", end=""
            )
            print(" extrapolated from the seconds of one step each.\n", flush=True)


if __name__ == "__main__":
    main()
