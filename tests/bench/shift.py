"""How far shading goes, as encoders outside the optimisation see it: ``python -m tests.bench.shift``.

For each picture: shift by view with TAEF2 and TAESANA as judges, SSIMULACRA2 (by the independent PyPI package) at full
size, FLIP (Andersson et al. 2020, mean; 0 is identical), PSNR. Then the means of each kind.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import flip_evaluator
import numpy as np
from PIL import Image
from ssimulacra2.ssimulacra2 import compute_ssimulacra2

from daemon.shading import anchors
from daemon.shading.engine import Engine, Picture
from shared.protocol.messages import INTENSITIES, QUALITIES, Options
from tests.bench import pictures, table
from tests.judge import Judge, views

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "models"


def shade(engine: Engine, sample: pictures.Sample, options: Options) -> tuple[Image.Image, dict]:
    """The shaded picture and the report."""
    pixels = np.array(sample.image.convert("RGBA"))
    result = engine.shade(Picture(pixels), options, lambda *_: None)
    return Image.fromarray(result.pixels[..., :3]), result.report


def ssimulacra2(original: Image.Image, shaded: Image.Image) -> float:
    """By the independent implementation, which reads files."""
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "original.png", Path(folder) / "shaded.png"
        original.save(one, compress_level=1)
        shaded.save(two, compress_level=1)
        return float(compute_ssimulacra2(str(one), str(two)))


def flip(original: Image.Image, shaded: Image.Image) -> float:
    """Mean FLIP error at 67 pixels per degree."""
    one, two = (np.asarray(image, np.float32) / 255 for image in (original, shaded))
    return float(flip_evaluator.evaluate(one, two, "LDR")[1])


def samples(kinds: list[str], folder: Path | None) -> Iterator[pictures.Sample]:
    """The pictures of the wanted kinds."""
    if "photograph" in kinds:
        yield from pictures.photographs()
    if {"drawing", "wallpaper"} & set(kinds):
        root = folder or pictures.fetch()
        if "drawing" in kinds:
            yield from pictures.drawings(root)
        if "wallpaper" in kinds:
            yield from pictures.wallpapers(root)


def main() -> None:
    """Parse the command line, shade, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder with the judges' weights")
    parser.add_argument("--pictures", type=Path, help="where the Debian packages were unpacked")
    parser.add_argument("--kinds", nargs="*", default=["photograph", "drawing", "wallpaper"])
    parser.add_argument("--intensity", choices=INTENSITIES, default="default")
    parser.add_argument("--quality", choices=QUALITIES, default="default")
    parser.add_argument("--surrogate", action="append", default=[])
    parser.add_argument("--save", type=Path, help="folder for the shaded pictures")
    args = parser.parse_args()
    judges = [Judge(args.models / f"{name}_encoder.pth") for name in ("taef2", "taesana")]
    engine = Engine()
    print(f"intensity {args.intensity}, quality {args.quality}, {engine.device}. {table.machine()}\n")
    names = [name for name, _ in views(Image.new("RGB", (32, 32)))]
    rows: list[list[object]] = []
    for sample in samples(args.kinds, args.pictures):
        options = Options(
            target=sample.target, intensity=args.intensity, quality=args.quality, surrogates=tuple(args.surrogate)
        )
        shaded, report = shade(engine, sample, options)
        anchor = anchors.of_target(sample.target)
        seen = [judge.shifts(sample.image, shaded, anchor) for judge in judges]
        visible = (ssimulacra2(sample.image, shaded), flip(sample.image, shaded), report["difference"]["psnr"])
        size = f"{sample.image.width}×{sample.image.height}"
        means = [statistics.mean(shifts.values()) for shifts in seen]
        own = report["shift"]["mean"]
        rows.append([sample.kind, sample.name, size, *seen[0].values(), *means, own, *visible, report["seconds"]])
        if args.save:
            args.save.mkdir(parents=True, exist_ok=True)
            sample.image.save(args.save / f"{Path(sample.name).stem}-original.png")
            shaded.save(args.save / f"{Path(sample.name).stem}-shaded.png")
        print(".", end="", flush=True)
    print("\n")
    numbers = ["TAEF2 mean", "TAESANA mean", "surrogate mean", "SSIMULACRA2", "FLIP", "PSNR", "seconds"]
    table.show(["kind", "picture", "size", *names, *numbers], rows)
    print()
    groups = [["photograph"], ["drawing"], ["wallpaper"], ["drawing", "wallpaper"]]
    means_of = []
    for group in groups:
        chosen = [row[3:] for row in rows if row[0] in group]
        if chosen:
            columns = zip(*chosen, strict=True)
            means_of.append([" and ".join(group), len(chosen), *(statistics.mean(map(float, c)) for c in columns)])
    table.show(["mean of", "pictures", *names, *numbers], means_of)


if __name__ == "__main__":
    main()
