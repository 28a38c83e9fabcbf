"""What a model gets to see of a picture: ``python -m tests.proof.seen PICTURE… --target "school bus"``.

For each picture one PNG: in the columns the original, shaded, and shaded then purified; above what people see, below
what is left once TAEF2 has encoded and decoded it, which is what a model that trains on latents learns to make. Beside
that a table: the shift (plain, and of latents averaged 4 × 4, which is what survives at high noise), SSIMULACRA2, and
what four ImageNet classifiers read in it. It takes a minute where training takes hours, and a change of the engine
that shows nothing here will hardly teach anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageOps
from torch import Tensor
from torch.nn import functional as F

from tests.proof import places, shading
from tests.proof.data import unit
from tests.proof.judging import readers
from tests.proof.latents import Space
from tests.proof.poison import anchors
from tests.proof.poison.blends import shift
from tests.proof.poison.purify import PURIFIERS, image, tensor

MULTIPLE = 32  # pixels: pictures are cut to whole blocks of 4 × 4 latents
STANDARD_SIDE = 128
CAPTION = 16  # pixels above each column


@dataclass(frozen=True)
class Column:
    """One version of a picture and what is made of it; ``picture`` and ``decoded`` are (3, H, W) uint8."""

    name: str
    picture: Tensor
    decoded: Tensor
    shift: float
    coarse: float
    ssimulacra2: float
    read: dict[str, str]


def opened(path: Path, side: int) -> Tensor:
    """A picture in RGB over white, shorter side at most ``side``, cut to multiples of 32: (3, H, W) uint8."""
    with Image.open(path) as file:
        rgba = file.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    scale = min(1.0, side / min(white.size))
    size = [max(MULTIPLE, round(edge * scale) // MULTIPLE * MULTIPLE) for edge in white.size]
    return tensor(white.convert("RGB").resize((size[0], size[1]), Image.Resampling.LANCZOS))


def photographs() -> Tensor:
    """The labelled photographs, (N, 3, 128, 128) uint8: what latents are standardised on here."""
    folder = places.needed(places.BESIDE / "data" / "photographs", "the labelled photographs")
    found = []
    for path in sorted(folder.glob("*.jpg")):
        with Image.open(path) as picture:
            found.append(tensor(ImageOps.fit(picture.convert("RGB"), (STANDARD_SIDE, STANDARD_SIDE))))
    return torch.stack(found)


def top3(probabilities: Tensor, names: list[str]) -> str:
    """The three likeliest classes of (1000,) with their probabilities."""
    found = probabilities.topk(3)
    pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
    return ", ".join(f"{names[index].partition(',')[0]} {value:.2f}" for index, value in pairs)


def columns(original: Tensor, versions: dict[str, Tensor], anchor: Tensor, space: Space) -> Iterator[Column]:
    """Each version judged against the original (3, H, W) and the anchor (3, H, W), uint8."""
    before, goal = (space.encode_all(x[None]) for x in (original, anchor))
    names, nets = readers.labels(), readers.load()
    for name, picture in versions.items():
        after = space.encode_all(picture[None])
        coarse = [F.avg_pool2d(x, 4) for x in (before, after, goal)]
        yield Column(
            name,
            picture,
            (space.decode(after)[0] * 255).round().byte(),
            float(shift(before, after, goal[0])),
            float(shift(coarse[0], coarse[1], coarse[2][0])),
            shading.score(original, picture),
            {net.name: top3(net.read(unit(picture)[None])[0], names) for net in nets},
        )


def sheet(found: list[Column]) -> Image.Image:
    """All columns side by side: the picture above, its decoded latent below."""
    height, width = found[0].picture.shape[1:]
    result = Image.new("RGB", (width * len(found), CAPTION + 2 * height), "white")
    draw = ImageDraw.Draw(result)
    for number, column in enumerate(found):
        left = number * width
        draw.text((left + 4, 2), f"{column.name}: shift {column.shift:.2f}".replace("×", "x"), fill="black")
        result.paste(image(column.picture), (left, CAPTION))
        result.paste(image(column.decoded), (left, CAPTION + height))
    return result


def described(found: list[Column]) -> str:
    """The table that goes with a sheet, as Markdown."""
    head = ["", "shift", "shift of 4×4 means", "SSIMULACRA2", *found[0].read]
    lines = [head, ["---"] * len(head)]
    for column in found:
        numbers = [f"{column.shift:.3f}", f"{column.coarse:.3f}", f"{column.ssimulacra2:.1f}"]
        lines.append([column.name, *numbers, *column.read.values()])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Shade, judge, draw; 1 and a sentence where weights or pictures are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--target", default="school bus", choices=sorted(anchors.FILES))
    parser.add_argument("--intensity", default="default", choices=sorted(shading.FLOORS))
    parser.add_argument("--quality", default="default", choices=shading.QUALITIES)
    parser.add_argument("--white-box", action="store_true", help="shade with TAEF2 itself as the surrogate")
    parser.add_argument("--side", type=int, default=512, help="shorter side in pixels at which all of this happens")
    parser.add_argument("--cache", type=Path, help="folder for the anchor")
    parser.add_argument("--out", type=Path, default=Path("tests/output/seen"), help="folder for the PNGs")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        space, engine = Space("taef2"), shading.Engine()
        space.standardise(photographs())
        anchor_file = anchors.file(args.target, places.cache(args.cache))
        surrogates = (str(space.path),) if args.white_box else ()
        for path in args.pictures:
            original = opened(path, args.side)
            height, width = original.shape[1:]
            options = {"intensity": args.intensity, "quality": args.quality, "surrogates": surrogates}
            shaded, _ = shading.shade(engine, original, anchor_file, **options)
            versions = {"original": original, "shaded": shaded}
            versions |= {name: through(shaded) for name, through in PURIFIERS.items()}
            anchor = shading.covering(anchor_file, height, width)
            found = list(columns(original, versions, anchor, space))
            sheet(found).save(args.out / f"{path.stem}-seen.png")
            print(f"{path.name} → {args.target}\n\n{described(found)}\n", flush=True)
    except places.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
