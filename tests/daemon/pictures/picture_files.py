"""Picture files for tests, and what to make of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from shared.wording.note import Note

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rights>The Artist</rights></x:xmpmeta>'
ICC = imagecodecs.cms_profile(
    "rgb", whitepoint=[0.3127, 0.3290, 1.0], primaries=[0.64, 0.33, 1.0, 0.21, 0.71, 1.0, 0.15, 0.06, 1.0], gamma=2.2
)
SIZES = ((1, 1), (3, 5), (17, 4099), (4099, 17), (64, 48))


def keys(notes: Iterable[Note]) -> list[str]:
    """The entries of the catalogue that the notes are."""
    return [note.key for note in notes]


def noise(height: int, width: int, channels: int, dtype: Any, seed: int = 0) -> np.ndarray[Any, Any]:
    """Random samples; float ones reach beyond 0…1, as scene-referred pictures do."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return random.uniform(-0.1, 1.3, (height, width, channels)).astype(dtype)
    return random.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype=dtype, endpoint=True)


def squeezed(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return samples[:, :, 0] if samples.shape[2] == 1 else samples


def exif_block(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = "The Artist"
    exif[0x8298] = "All rights reserved"
    exif[0x8769] = {0x9003: "2024:05:06 07:08:09", 0x829A: (1, 125)}
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 12.0)}
    return exif


def write_tiff(path: Path, samples: np.ndarray[Any, Any], **options: Any) -> None:
    photometric = {1: "minisblack", 2: "minisblack", 3: "rgb", 4: "rgb"}[samples.shape[2]]
    options = {"photometric": photometric, "metadata": None, **options}
    if samples.shape[2] in (2, 4) and options["photometric"] != "separated":
        options.setdefault("extrasamples", ["unassalpha"])
    tifffile.imwrite(path, squeezed(samples), **options)
