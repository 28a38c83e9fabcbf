"""How far shading goes, as encoders outside the optimisation see it: ``python -m tests.bench.shift``.

For each picture: shift by view with TAEF2 and TAESANA as judges, SSIMULACRA2 (by the independent PyPI package) at full
size, FLIP (mean; 0 is identical), PSNR, seconds. Then the means of each kind.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from daemon.shading import device
from daemon.shading.recipes import FLOORS
from shared.protocol.messages import INTENSITIES, QUALITIES
from tests.bench import pictures, table
from tests.bench.jury import MODELS, VISIBILITY, Jury, visibility
from tests.bench.methods import METHODS, Method, Setting

COLUMNS = (*Jury.columns, "surrogate mean", *VISIBILITY, "seconds")
GROUPS = (("photograph",), ("drawing",), ("wallpaper",), ("drawing", "wallpaper"))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", choices=METHODS, default="ours")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder with the judges' weights")
    parser.add_argument("--pictures", type=Path, help="where the Debian packages were unpacked")
    parser.add_argument("--kinds", nargs="*", default=["photograph", "drawing", "wallpaper"])
    parser.add_argument("--intensity", choices=INTENSITIES, default="default")
    parser.add_argument("--quality", choices=QUALITIES, default="default")
    parser.add_argument("--steps", type=int, default=40, help="of the methods that aren't ours")
    parser.add_argument("--surrogate", action="append", default=[], help="a name, or an absolute path; repeatable")
    parser.add_argument("--save", type=Path, help="folder for the shaded pictures")
    return parser.parse_args()


def measured(sample: pictures.Sample, method: Method, jury: Jury, floor: float, folder: Path | None) -> list[object]:
    """A row of the table: what the picture is, then ``COLUMNS``. The pictures are saved if a folder is given."""
    began = time.monotonic()
    shaded = method(sample.image, sample.target, floor)
    seconds = round(time.monotonic() - began, 2)
    shifts = jury.shifts(sample.image, shaded.picture, sample.target)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, image in (("original", sample.image), ("shaded", shaded.picture)):
            image.save(folder / f"{Path(sample.name).stem}-{name}.png")
    size = f"{sample.image.width}×{sample.image.height}"
    figures = [*shifts, shaded.shift, *visibility(sample.image, shaded.picture), seconds]
    return [sample.kind, sample.name, size, *figures]


def main() -> None:
    """Shade, judge, print."""
    args = arguments()
    jury = Jury(args.models)
    method = METHODS[args.method](Setting(args.quality, tuple(args.surrogate), args.steps))
    print(f"intensity {args.intensity}, quality {args.quality}, {device.pick().name}. {table.machine()}\n")
    rows = []
    for sample in pictures.of_kinds(args.kinds, args.pictures):
        rows.append(measured(sample, method, jury, FLOORS[args.intensity], args.save))
        print(".", end="", flush=True)
    print("\n")
    table.show(["kind", "picture", "size", *COLUMNS], rows)
    print()
    table.show(["mean of", "pictures", *COLUMNS], table.means(rows, GROUPS, 3))


if __name__ == "__main__":
    main()
