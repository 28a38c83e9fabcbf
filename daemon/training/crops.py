"""Square crops of a folder of pictures, for training the embedded surrogate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from PIL import Image

from ..shading.anchors.anchor import UNREADABLE, TooManyPixels, decoded

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LARGEST_PIXELS = 60_000_000  # anything larger takes longer to decode than it teaches
SMALLEST_SIDE = 96


def find(folders: list[Path], exclude: list[str]) -> list[Path]:
    """Every picture below the folders in a fixed order, without links and without names matching ``exclude``."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            wanted = path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink()
            if wanted and not any(fnmatch(path.as_posix(), pattern) for pattern in exclude):
                found.setdefault(f"{path.name}{path.stat().st_size}", path)
    return list(found.values())


def held_out(path: Path) -> bool:
    """True for one picture in forty, by name: the validation set is the same on every machine."""
    return hashlib.sha256(path.name.encode()).digest()[0] % 40 == 0


def read(path: Path) -> Image.Image | None:
    """The picture in RGB over white, or None if it is broken, tiny or huge."""
    try:
        picture = decoded(path.read_bytes(), LARGEST_PIXELS)
    except (*UNREADABLE, TooManyPixels):
        return None
    return picture if min(picture.size) >= SMALLEST_SIDE else None


def crops(picture: Image.Image, size: int, count: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Up to ``count`` crops (size, size, 3) uint8 of the picture at random scales; empty ones are left out.

    The shorter side is first brought to 1–4 crops, since scrapers shrink pictures to that range before training.
    """
    for _ in range(count):
        short = int(size * rng.uniform(1.0, 4.0 if min(picture.size) > 2 * size else 1.5))
        scale = short / min(picture.size)
        wanted = (max(size, round(picture.width * scale)), max(size, round(picture.height * scale)))
        left, top = (int(rng.integers(0, side - size + 1)) for side in wanted)
        # Resize only the part that the crop needs: the source may have forty megapixels.
        box = (left / scale, top / scale, (left + size) / scale, (top + size) / scale)
        box = (box[0], box[1], min(box[2], picture.width), min(box[3], picture.height))
        crop = np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS, box, reducing_gap=3.0))
        if crop.std((0, 1)).max() > 8:
            yield crop


def collect(folders: list[Path], exclude: list[str], size: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """(training, validation) crops, each (N, size, size, 3) uint8. Large pictures give more crops than small ones.

    Raises ``ValueError`` if either would be empty.
    """
    rng = np.random.default_rng(0)
    training: list[np.ndarray] = []
    validation: list[np.ndarray] = []
    paths = find(folders, exclude)
    for index in rng.permutation(len(paths)):
        path = paths[index]
        picture = read(path)
        if picture is None:
            continue
        count = max(1, min(60, picture.width * picture.height // 40_000))
        into = validation if held_out(path) else training
        into.extend(crops(picture, size, count, rng))
        if len(training) >= limit:
            break
    if not training or not validation:
        raise ValueError(f"Too few pictures: {len(training)} crops to train on, {len(validation)} to validate on.")
    return np.stack(training), np.stack(validation)
