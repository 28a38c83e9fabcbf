"""Pairs for ``roc.py``: crops of pictures, clean and as the engine shades them, kept on disk.

A picture is brought to a size that people post, shaded whole at default intensity, and cut into crops. So a crop has
the change that a whole picture gets, and one shading gives several pairs. Crops that the engine left as they were are
no pairs: there is nothing to find in them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import repeat, zip_longest
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from daemon.shading import concepts
from daemon.shading.engine import Canvas, Engine
from daemon.training import crops
from shared.problem import Problem
from shared.protocol.messages import Options
from tests.bench.pictures import with_shorter_side

SIDE = 256  # pixels of a crop
SHEETS = (768, 1024, 1280)  # pixels on the longer side of a picture as it is posted
LEAST_CROPS, MOST_CROPS = 2, 8  # of one picture; a shading for a single crop takes too long
LEAST_CHANGE = 0.1  # share of a crop's pixels


@dataclass(frozen=True)
class Source:
    """A picture's file and its kind. ``name`` tells pictures apart: a wallpaper's files are one picture."""

    kind: str
    name: str
    path: Path


@dataclass(frozen=True)
class Pairs:
    """The pairs of one picture: (n, SIDE, SIDE, 3) uint8 each, n up to ``MOST_CROPS``.

    ``held``: kept from training, to judge with. So is one picture in five.
    """

    source: Source
    held: bool
    clean: np.ndarray
    shaded: np.ndarray


def sources(debian: Path, photographs: Path | None) -> list[Source]:
    """The pictures of Debian's packages and of a folder of photographs, kinds mixed, in an order that is fixed."""
    drawn = [Source("drawing", path.stem, path) for path in crops.find([debian / "usr/share/openclipart/png"], [])]
    largest: dict[str, Path] = {}
    walls = debian / "usr/share/wallpapers"
    for path in crops.find([walls], ["*screenshot*"]):
        theme = path.relative_to(walls).parts[0]
        if theme not in largest or path.stat().st_size > largest[theme].stat().st_size:
            largest[theme] = path
    painted = [Source("wallpaper", theme, path) for theme, path in sorted(largest.items())]
    taken = [Source("photograph", path.stem, path) for path in crops.find([photographs], [])] if photographs else []
    for kind in (drawn, painted, taken):
        random.Random(0).shuffle(kind)
    mixed = zip_longest(drawn[::2], drawn[1::2], painted, taken)
    return [source for four in mixed for source in four if source is not None]


def sheet(source: Source, rng: np.random.Generator) -> Image.Image | None:
    """The picture as it would be posted, in RGB, or ``None`` if it is broken or too small."""
    picture = crops.read(source.path)
    longer = int(rng.choice(SHEETS))
    if picture is not None and max(picture.size) > longer:
        picture = with_shorter_side(picture, round(longer * min(picture.size) / max(picture.size)))
    if picture is None or (picture.width // SIDE) * (picture.height // SIDE) < LEAST_CROPS:
        return None
    return picture


def cut(clean: np.ndarray, shaded: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Crops at the same places of both, (H, W, 3) uint8, none overlapping; blank and unchanged ones are left out."""
    rows, columns = (length // SIDE for length in clean.shape[:2])
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for place in rng.permutation(rows * columns):
        top, left = (int(index) * SIDE for index in divmod(int(place), columns))
        before, after = (each[top : top + SIDE, left : left + SIDE] for each in (clean, shaded))
        if before.std((0, 1)).max() > 8 and (before != after).any(-1).mean() >= LEAST_CHANGE:
            found.append((before, after))
    empty = np.empty((0, SIDE, SIDE, 3), np.uint8)
    if not found:
        return empty, empty
    both = np.stack([np.stack(pair) for pair in found[:MOST_CROPS]], axis=1)
    return both[0], both[1]


def shaded_sheet(engine: Engine, picture: Image.Image, target: str, quality: str) -> np.ndarray | None:
    """The picture as the engine shades it, (H, W, 3) uint8, or ``None`` if it refuses."""
    options = Options(target=target, intensity="default", quality=quality)
    try:
        result = engine.shade(Canvas(np.array(picture.convert("RGBA"))), options, lambda *_: None)
    except Problem:
        return None
    return result.pixels[..., :3]


def make(folder: Path, found: Sequence[Source], wanted: int, quality: str, processes: int = 1) -> Iterator[Pairs]:
    """Pairs of one picture after the other until there are ``wanted``; those already in ``folder`` aren't made again.

    ``folder`` belongs to one state of the engine and one quality.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number:05}.npz" for number in range(len(found))]
    jobs = files, found, repeat(quality), range(len(found))
    count = 0
    with ProcessPoolExecutor(processes, get_context("spawn")) if processes > 1 else nullcontext() as pool:
        done = pool.map(_made, *jobs) if pool else map(_made, *jobs)
        for number, _ in enumerate(done):
            with np.load(files[number]) as kept:
                pairs = Pairs(found[number], number % 5 == 4, kept["clean"], kept["shaded"])
            count += len(pairs.clean)
            yield pairs
            if count >= wanted:
                if pool:
                    pool.shutdown(cancel_futures=True)
                return


_engine = cache(Engine)


def _made(file: Path, source: Source, quality: str, number: int) -> None:
    """See to it that the file is there."""
    if not file.exists():
        _save(file, *_pair(source, quality, number))


def _pair(source: Source, quality: str, number: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(number)
    target = str(rng.choice(sorted(concepts.PHOTOGRAPHS)))
    picture = sheet(source, rng)
    shaded = None if picture is None else shaded_sheet(_engine(), picture, target, quality)
    if picture is None or shaded is None:
        empty = np.empty((0, SIDE, SIDE, 3), np.uint8)
        return empty, empty
    return cut(np.array(picture), shaded, rng)


def _save(file: Path, clean: np.ndarray, shaded: np.ndarray) -> None:
    """All or nothing, so that a run that was cut off can go on."""
    half = file.with_suffix(".part")
    with half.open("wb") as opened:
        np.savez_compressed(opened, clean=clean, shaded=shaded)
    os.replace(half, file)
