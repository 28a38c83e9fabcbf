"""JPEG: gray, RGB or CMYK at 8 bits, through Pillow; metadata segments are carried over as they are."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from shared.problem import Problem
from shared.protocol.messages import Code
from shared.wording.note import Note

from .model import Metadata, PictureFile

SIGNATURE = b"\xff\xd8\xff"
QUALITY = 95
MOST_SIDE = 65_500  # libjpeg's limit
MODES = {"L": 1, "RGB": 3, "CMYK": 4}
EXIF, XMP, ICC, PARTS = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0", b"MPF\0"
SEGMENT_BYTES = 65_533
APP0, APP1, APP2, APP14, COMMENT, SCAN = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xDA


def size(data: bytes) -> tuple[int, int]:
    """Width and height as the header says, without decoding anything."""
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        return image.size


def read(data: bytes, name: str) -> PictureFile:
    """Decode a JPEG. Raises ``Problem`` for an unusual mode, other exceptions for damaged data."""
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        colours = MODES.get(image.mode)
        if colours is None:
            raise Problem("pictures.jpeg_mode", Code.UNSUPPORTED, name=name, mode=image.mode)
        samples = np.array(image)
        info, more = dict(image.info), getattr(image, "n_frames", 1) > 1
    exif: bytes | None = info.get("exif")
    return PictureFile(
        format="JPEG",
        samples=samples.reshape(*samples.shape[:2], colours),
        colours=colours,
        metadata=Metadata(
            icc=info.get("icc_profile"),
            exif=exif.removeprefix(EXIF) if exif else None,
            xmp=info.get("xmp"),
            dpi=info.get("dpi"),
            blocks=tuple(_segments(data)),
        ),
        writer=(("progressive", bool(info.get("progressive"))),),
        notes=(Note("pictures.one_of_several"),) if more else (),
    )


def write(picture: PictureFile) -> bytes:
    """The file, at quality 95 without chroma subsampling."""
    mode = next(mode for mode, colours in MODES.items() if colours == picture.colours)
    image = Image.frombytes(mode, (picture.width, picture.height), np.ascontiguousarray(picture.samples).tobytes())
    dpi = picture.metadata.dpi
    buffer = io.BytesIO()
    image.save(
        buffer,
        "JPEG",
        quality=QUALITY,
        subsampling=0,
        progressive=dict(picture.writer).get("progressive", False),
        dpi=(round(dpi[0]), round(dpi[1])) if dpi else (0, 0),
    )
    data = buffer.getvalue()
    place = 2
    if data[2:4] == bytes((0xFF, APP0)):  # JFIF wants to be first
        place = 4 + struct.unpack_from(">H", data, 4)[0]
    blocks = picture.metadata.blocks or tuple(_portable(picture.metadata))
    return data[:place] + b"".join(_segment(kind, content) for kind, content in blocks) + data[place:]


def too_long(metadata: Metadata) -> tuple[str, ...]:
    """The names of another format's metadata that doesn't fit into JPEG's short segments."""
    names = (("EXIF", metadata.exif, EXIF), ("XMP", metadata.xmp, XMP))
    return tuple(name for name, content, prefix in names if content and len(content) + len(prefix) > SEGMENT_BYTES)


def _segments(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The metadata segments before the first scan: comments and APP1 to APP15.

    Left out are those that describe how the samples are stored (JFIF in APP0, Adobe in APP14), which Pillow writes
    itself, and the index of further pictures, which are not kept.
    """
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        kind, length = struct.unpack_from(">BH", data, position + 1)
        if kind == 0xFF:  # a filler byte
            position += 1
            continue
        if kind == SCAN or length < 2:
            return
        content = data[position + 4 : position + 2 + length]
        if (APP1 <= kind < APP14 or kind in (APP14 + 1, COMMENT)) and not content.startswith(PARTS):
            yield bytes((kind,)), content
        position += 2 + length


def _segment(kind: bytes, content: bytes) -> bytes:
    return b"\xff" + kind + struct.pack(">H", len(content) + 2) + content


def _portable(metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    """Segments for metadata from another format, without what ``too_long`` names."""
    for content, prefix in ((metadata.exif, EXIF), (metadata.xmp, XMP)):
        if content and len(content) + len(prefix) <= SEGMENT_BYTES:
            yield bytes((APP1,)), prefix + content
    if metadata.icc:
        step = SEGMENT_BYTES - len(ICC) - 2
        parts = [metadata.icc[start : start + step] for start in range(0, len(metadata.icc), step)]
        for number, part in enumerate(parts[:255], 1):
            yield bytes((APP2,)), ICC + bytes((number, len(parts))) + part
