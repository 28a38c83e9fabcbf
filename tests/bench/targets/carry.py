"""How far a picture moves toward drawings, and toward photographs: ``python -m tests.bench.targets``.

Photographs are shaded toward each of some targets; TAEF2 and TAESANA judge the result (mean of five views). The last
columns are TAESANA's and TAEF2's shift where the anchor shows something: the white around a drawing is left out.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from daemon.shading import anchors, concepts
from daemon.shading.engine import Canvas, Engine
from shared.protocol.messages import QUALITIES, Options
from tests.bench import pictures, table
from tests.bench.jury import MODELS, ssimulacra2
from tests.judge import Judge, shrunk

PICTURES = ("astronaut", "coffee", "rocket")
TARGETS = ("cat", "galaxy", "motorcycle", "rocket", "cow", "harp", "lighthouse", "strawberry", "tiger", "toaster")
JUDGES = ("taef2", "taesana")
COLUMNS = ("surrogate", "TAEF2", "TAESANA", "TAEF2, drawn", "TAESANA, drawn", "SSIMULACRA2")


def drawn_share(judge: Judge, original: Image.Image, shaded: Image.Image, anchor: anchors.Anchor) -> float:
    """The shift in the latents where the anchor isn't white, seen plain."""
    before, after = shrunk(original), shrunk(shaded)
    goal = anchor.covering(before.height, before.width)
    there = Image.fromarray((goal[0].permute(1, 2, 0) * 255).round().byte().numpy())
    x, y, a = (judge.latents(image) for image in (before, after, there))
    drawn = (goal.amin(1, keepdim=True) < 0.97).float()
    where = torch.nn.functional.adaptive_avg_pool2d(drawn, (x.shape[-2], x.shape[-1])) > 0.5
    return 1 - float(((y - a) * where).norm() / ((x - a) * where).norm())


def rows(judges: list[Judge], quality: str, side: int) -> Iterator[list[object]]:
    """[kind of anchor, target, picture, then ``COLUMNS``] of each pair; no picture is moved toward itself."""
    engine = Engine()
    photographs = {sample.name.partition(".")[0]: sample.image for sample in pictures.photographs()}
    for target in TARGETS:
        anchor, kind = anchors.of_target(target), "photograph" if target in concepts.PHOTOGRAPHS else "drawing"
        for name in PICTURES:
            if name == target:
                continue
            original = pictures.with_shorter_side(photographs[name], side)
            result = engine.shade(
                Canvas(np.array(original.convert("RGBA"))), Options(target=target, quality=quality), lambda *_: None
            )
            shaded = Image.fromarray(result.pixels[..., :3])
            seen = [statistics.mean(judge.shifts(original, shaded, anchor).values()) for judge in judges]
            drawn = [drawn_share(judge, original, shaded, anchor) for judge in judges]
            figures = [result.report["shift"]["mean"], *seen, *drawn, ssimulacra2(original, shaded)]
            yield [kind, target, name, *figures]


def main() -> int:
    """Shade, judge, print; 1 if the judges' weights are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder with the judges' weights")
    parser.add_argument("--quality", choices=QUALITIES, default="default")
    parser.add_argument("--side", type=int, default=512, help="pixels on the pictures' shorter side")
    args = parser.parse_args()
    weights = [args.models / f"{name}_encoder.pth" for name in JUDGES]
    if not all(path.is_file() for path in weights):
        print(f"The judges' weights are not in {args.models}; --models names another folder.")
        return 1
    print(f"quality {args.quality}, {args.side} pixels. {table.machine()}\n", flush=True)
    found = []
    for row in rows([Judge(path) for path in weights], args.quality, args.side):
        found.append(row)
        print(".", end="", flush=True)
    print("\n")
    by_target = table.means([row[1:] for row in found], [(target,) for target in TARGETS], 2)
    table.show(["toward", "pictures", *COLUMNS], by_target)
    print()
    table.show(["toward", "pictures", *COLUMNS], table.means(found, [("photograph",), ("drawing",)], 3))
    return 0
