"""The pictures of the bench of methods: every kind that artists post, in an order that mixes the kinds.

So the first few are a fair sample of all, and a run that was stopped is a smaller run, not a lopsided one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from daemon.shading import anchors
from tests.bench import pictures
from tests.bench.pictures import Sample
from tests.bench.strength.drawn import DRAWN
from tests.proof.places import BESIDE

LONGEST = 1.5  # times the shorter side; what is longer is cut
MORE_PHOTOGRAPHS = ("motorcycle_left.png", "hubble_deep_field.jpg")
LABELLED = ("301_ladybug", "437_beacon", "963_pizza", "970_alp", "849_teapot")
"""Of the labelled photographs beside the checkout: for measuring only. Left out where there are none."""
MORE_DRAWINGS = ("food/fruitcollection_leif_lod_07.png", "animals/orca_matthew_gates_r.png")
QUICK = ("coffee", "comic page", "rocket", "sticker")


def _fitted(image: Image.Image, side: int) -> Image.Image:
    """The middle of the picture, not longer than ``LONGEST``, with ``side`` pixels on the shorter side."""
    longest = round(min(image.size) * LONGEST)
    width, height = (min(edge, longest) for edge in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return pictures.with_shorter_side(image.crop((left, top, left + width, top + height)), side)


def _photographs(side: int) -> Iterator[Sample]:
    for name in (*pictures.PHOTOGRAPHS, *MORE_PHOTOGRAPHS):
        image = pictures.over_white(anchors.photographs.folder() / name)
        target = "coffee" if name == "chelsea.png" else "cat"
        yield Sample("photograph", name.partition(".")[0], _fitted(image, side), target)


def _labelled(side: int) -> Iterator[Sample]:
    for start in LABELLED:
        for path in (BESIDE / "data" / "photographs").glob(f"{start}*.jpg"):
            yield Sample("photograph", start.partition("_")[2], _fitted(pictures.over_white(path), side), "cat")


def _debian(side: int, folder: Path | None) -> Iterator[Sample]:
    root = folder or pictures.fetch()
    more = (root / "usr/share/openclipart/png" / name for name in MORE_DRAWINGS)
    drawings = (Sample("drawing", path.stem[:16], pictures.over_white(path), "cat") for path in more)
    for sample in itertools.chain(pictures.drawings(root), drawings, pictures.wallpapers(root)):
        yield Sample(sample.kind, sample.name, _fitted(sample.image, side), sample.target)


def _drawn(side: int) -> Iterator[Sample]:
    for name, (draw, target) in DRAWN.items():
        yield Sample("drawn by code", name, draw(side), target)


def quick(side: int) -> list[Sample]:
    """Four that need no download."""
    found = {sample.name: sample for sample in itertools.chain(_photographs(side), _drawn(side))}
    return [found[name] for name in QUICK]


def collection(side: int, folder: Path | None) -> list[Sample]:
    """All of them, RGB or RGBA, with ``side`` pixels on the shorter side.

    ``folder`` is where the Debian packages were unpacked; ``None``: download them unless that was done.
    """
    kinds: dict[str, list[Sample]] = {}
    for sample in itertools.chain(_photographs(side), _drawn(side), _debian(side, folder), _labelled(side)):
        kinds.setdefault(sample.kind, []).append(sample)
    mixed = itertools.chain.from_iterable(itertools.zip_longest(*kinds.values()))
    return [sample for sample in mixed if sample is not None]
