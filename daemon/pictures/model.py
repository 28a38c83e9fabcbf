"""What a picture file holds in any format: samples, their meaning, and the metadata around them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.wording.note import Note

Samples = NDArray[Any]


@dataclass(frozen=True)
class Metadata:
    """What a file says about its picture.

    ``blocks`` are pieces of the file that only its own format understands (PNG chunks, JPEG segments), kept to be
    written back as they are. The other fields hold the same in a form that every format can carry.
    """

    icc: bytes | None = None  # colour profile
    exif: bytes | None = None  # a TIFF block, without JPEG's "Exif" prefix
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None  # pixels per inch, across and down
    blocks: tuple[tuple[bytes, bytes], ...] = ()  # name, content


@dataclass(frozen=True, eq=False)
class PictureFile:
    """A picture in the numbers of its own file, not yet converted to anything.

    ``samples`` is (height, width, channels) of uint8, uint16 or a float type. The first ``colours`` channels are gray
    (1), RGB (3) or CMYK (4, full scale = full ink); ``alpha`` is the index of the transparency channel, if there is
    one; channels after that are carried along unchanged.
    """

    format: str  # "PNG", "JPEG", "WebP" or "TIFF"
    samples: Samples
    colours: int
    alpha: int | None = None
    premultiplied: bool = False  # colours are stored multiplied by alpha
    metadata: Metadata = field(default_factory=Metadata)
    writer: tuple[tuple[str, Any], ...] = ()  # how the file was packed, for the format's own writer
    notes: tuple[Note, ...] = ()  # what this program had to decide about the file

    @property
    def height(self) -> int:
        """In pixels."""
        return self.samples.shape[0]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.samples.shape[1]

    @property
    def scale(self) -> float:
        """The sample value that means full: 255, 65535, or 1 for float."""
        return full_scale(self.samples.dtype)

    def noted(self, *notes: Note) -> PictureFile:
        """The same picture with more notes."""
        return replace(self, notes=self.notes + notes)


def full_scale(dtype: np.dtype[Any]) -> float:
    """255, 65535, or 1 for the float types."""
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0


def scaled(samples: Samples, dtype: np.dtype[Any]) -> Samples:
    """The same values at another depth, rounded once and clipped to what the depth can hold."""
    if samples.dtype == dtype:
        return samples
    values = samples.astype(np.float32) * np.float32(full_scale(dtype) / full_scale(samples.dtype))
    return to_depth(values, dtype)


def to_depth(values: Samples, dtype: np.dtype[Any]) -> Samples:
    """Values already in ``dtype``'s scale as ``dtype``: rounded and clipped if it is an integer type."""
    if dtype.kind == "u":
        values = np.clip(np.rint(values), 0, np.iinfo(dtype).max)
    return values.astype(dtype)
