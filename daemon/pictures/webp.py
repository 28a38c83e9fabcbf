"""WebP: 8 bits, RGB with or without alpha, through Pillow; lossless files stay lossless."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from shared.problem import Problem
from shared.protocol.messages import Code

from .model import Metadata, PictureFile

QUALITY = 95
MOST_SIDE = 16_383  # 14 bits in the format
EXIF = b"Exif\0\0"


def matches(data: bytes) -> bool:
    """Whether the first bytes are those of a WebP file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def size(data: bytes) -> tuple[int, int]:
    """Width and height as the header says, without decoding anything."""
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        return image.size


def read(data: bytes, name: str) -> PictureFile:
    """Decode a WebP. Raises ``Problem`` for animations, other exceptions for damaged data."""
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise Problem("pictures.animation", Code.UNSUPPORTED, name=name)
        samples = np.array(image if image.mode in ("RGB", "RGBA") else image.convert("RGB"))
        info = dict(image.info)
    exif: bytes | None = info.get("exif")
    return PictureFile(
        format="WebP",
        samples=samples,
        colours=3,
        alpha=3 if samples.shape[2] == 4 else None,
        metadata=Metadata(
            icc=info.get("icc_profile"),
            exif=exif.removeprefix(EXIF) if exif else None,
            xmp=info.get("xmp"),
        ),
        writer=(("lossless", b"VP8L" in _chunk_kinds(data)),),
    )


def lossless(picture: PictureFile) -> bool:
    """Whether the picture will be written without loss: unless it came from a lossy WebP or JPEG."""
    return bool(dict(picture.writer).get("lossless", picture.format not in ("WebP", "JPEG")))


def write(picture: PictureFile) -> bytes:
    """The file; colours under transparent pixels are kept too."""
    mode = "RGB" if picture.alpha is None else "RGBA"
    image = Image.frombytes(mode, (picture.width, picture.height), np.ascontiguousarray(picture.samples).tobytes())
    metadata = picture.metadata
    buffer = io.BytesIO()
    image.save(
        buffer,
        "WEBP",
        lossless=lossless(picture),
        quality=QUALITY,
        exact=True,
        icc_profile=metadata.icc or b"",
        exif=metadata.exif or b"",
        xmp=metadata.xmp or b"",
    )
    return buffer.getvalue()


def _chunk_kinds(data: bytes) -> Iterator[bytes]:
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        yield kind
        position += 8 + length + length % 2
