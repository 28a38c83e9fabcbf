"""What shading looks like, to be looked at: ``python -m tests.bench.sheet --intensity default``.

Twelve pictures of every kind that artists post, each as it was, shaded, and the change alone, amplified around gray:
crops of 160 × 160 pixels of the picture itself, drawn at twice the size, because that is how artists check. Pictures
with transparency are shown over white. Writes ``gallery/INTENSITY.jpg`` and prints how visible and how far each is.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

from daemon.shading import anchors
from daemon.shading.engine import Canvas, Engine
from shared.problem import Problem
from shared.protocol.messages import INTENSITIES, QUALITIES, Options
from tests.bench import table
from tests.bench.pictures import Sample
from tests.bench.strength import collection
from tests.bench.strength.drawn import DRAWN

GALLERY = Path(__file__).resolve().parent / "gallery"
CROP, SCALE, GAP = 160, 2, 8
SIDE = 512  # pixels on the pictures' shorter side
AMPLIFIED = 12
FROM_DEBIAN = ("tiger_graig_ryan", "bread_and_wine_m", "SafeLanding", "summer_1am")
PHOTOGRAPHS = ("astronaut", "rocket")
COLUMNS = ("picture", "shift", "SSIMULACRA2", "worst tile", "worst ΔE", "changed", "seconds")


def chosen(folder: Path | None) -> list[Sample]:
    """The pictures of the sheet."""
    wanted = {*DRAWN, *FROM_DEBIAN, *PHOTOGRAPHS}
    return [sample for sample in collection.collection(SIDE, folder) if sample.name in wanted][:12]


def busiest(before: np.ndarray, after: np.ndarray) -> tuple[int, int]:
    """(top, left) of the crop with the largest mean change, where the eye would find it first."""
    moved = np.abs(after[..., :3].astype(int) - before[..., :3]).sum(-1)
    places = [
        (top, left)
        for top in range(0, max(1, moved.shape[0] - CROP + 1), CROP // 4)
        for left in range(0, max(1, moved.shape[1] - CROP + 1), CROP // 4)
    ]
    return max(places, key=lambda place: moved[place[0] : place[0] + CROP, place[1] : place[1] + CROP].mean())


def crops(before: np.ndarray, after: np.ndarray) -> list[Image.Image]:
    """The crop as it was, shaded, and the change alone."""
    top, left = busiest(before, after)
    box = (left, top, left + CROP, top + CROP)
    over = [over_white(pixels).crop(box) for pixels in (before, after)]
    change = np.asarray(over[1], int) - np.asarray(over[0], int)
    alone = Image.fromarray((128 + AMPLIFIED * change).clip(0, 255).astype(np.uint8))
    return [image.resize((CROP * SCALE, CROP * SCALE), Image.Resampling.NEAREST) for image in (*over, alone)]


def over_white(pixels: np.ndarray) -> Image.Image:
    """(H, W, 4) as RGB."""
    return anchors.anchor.over_white(Image.fromarray(pixels))


def main() -> None:
    """Shade, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intensity", choices=INTENSITIES, default="default")
    parser.add_argument("--quality", choices=QUALITIES, default="default")
    parser.add_argument("--pictures", type=Path, help="where the Debian packages were unpacked")
    args = parser.parse_args()
    engine, rows, drawn = Engine(), [], []
    for sample in chosen(args.pictures):
        pixels = np.array(sample.image.convert("RGBA"))
        options = Options(target=sample.target, intensity=args.intensity, quality=args.quality)
        began = time.monotonic()
        try:
            result = engine.shade(Canvas(pixels), options, lambda *_: None)
        except Problem as refusal:
            print(f"{sample.name}: {refusal.sentence}")
            continue
        report, seen = result.report, result.report["visibility"]
        figures = [report["shift"]["mean"], seen["ssimulacra2"], seen["worst_tile"], seen["colour"]]
        rows.append([sample.name, *figures, report["difference"]["changed"], round(time.monotonic() - began, 1)])
        drawn.append(crops(pixels, result.pixels))
    side = CROP * SCALE + GAP
    sheet = Image.new("RGB", (6 * side - GAP, (len(drawn) + 1) // 2 * side - GAP), "white")
    for number, images in enumerate(drawn):
        for column, image in enumerate(images):
            sheet.paste(image, ((number % 2 * 3 + column) * side, number // 2 * side))
    sheet.save(GALLERY / f"{args.intensity}.jpg", quality=84)
    table.show(COLUMNS, rows)


if __name__ == "__main__":
    main()
