"""PNG: gray or RGB, with or without alpha, at 8 or 16 bits, with every chunk that describes the picture.

libpng (through imagecodecs) turns samples into a file and back, since Pillow has no 16-bit RGB. The chunks around the
samples are read and written here, since libpng's wrapper does neither.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import imagecodecs
import numpy as np

from shared.problem import Problem
from shared.protocol.messages import Code
from shared.wording.note import Note

from .model import Metadata, PictureFile, Samples

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
INCH = 0.0254  # metres
PROFILE_BYTES = 16 << 20
TEXT_BYTES = 64 << 20

# What libpng needs for the samples. It gets no more, since it prints complaints about damaged metadata.
STORED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# Chunks that stay true when only sample values change. hIST, sBIT and bKGD describe the stored form of the samples, and
# tIME is the time of the last change, so they are left out.
KEPT = (b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"pHYs", b"eXIf", b"tEXt", b"zTXt", b"iTXt")


def size(data: bytes) -> tuple[int, int]:
    """Width and height as the header says, without decoding anything."""
    if len(data) < 24 or data[12:16] != b"IHDR":
        raise ValueError("no header chunk")
    return struct.unpack(">II", data[16:24])


def read(data: bytes, name: str) -> PictureFile:
    """Decode a PNG. Raises ``Problem`` for animations, other exceptions for damaged data."""
    chunks = list(_chunks(data))
    kinds = {kind for kind, _ in chunks}
    if b"acTL" in kinds:
        raise Problem("pictures.animation", Code.UNSUPPORTED, name=name)
    if b"IEND" not in kinds:
        raise ValueError("no end chunk")
    colour_type = data[25]
    notes: tuple[Note, ...] = ()
    if colour_type == 3:
        notes = (Note("pictures.palette"),)
    elif data[24] < 8:
        notes = (Note("pictures.few_bits", bits=data[24]),)
    samples = imagecodecs.png_decode(SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks if chunk[0] in STORED))
    if samples.ndim == 2:
        samples = samples[:, :, np.newaxis]
    channels = samples.shape[2]
    return PictureFile(
        format="PNG",
        samples=samples,
        colours=1 if channels < 3 else 3,
        alpha=channels - 1 if channels in (2, 4) else None,
        metadata=_metadata(chunks),
        notes=notes + _gamma_note(chunks),
    )


def write(picture: PictureFile) -> bytes:
    """The file: samples as they are, and the metadata, verbatim where it came from a PNG."""
    samples: Samples = picture.samples[:, :, 0] if picture.samples.shape[2] == 1 else picture.samples
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(samples), level=6))
    blocks = picture.metadata.blocks or tuple(_portable(picture.metadata))
    header_end = len(SIGNATURE) + 12 + 13
    return data[:header_end] + b"".join(_chunk(kind, content) for kind, content in blocks) + data[header_end:]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every chunk up to the end chunk, without damaged metadata. Raises ``ValueError`` for any other damage."""
    position = len(SIGNATURE)
    while position < len(data):
        if position + 12 > len(data):
            raise ValueError("cut in a chunk's header")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise ValueError("cut in a chunk")
        content = data[position + 8 : end - 4]
        if zlib.crc32(content, zlib.crc32(kind)) == struct.unpack_from(">I", data, end - 4)[0]:
            yield kind, content
        elif kind in STORED:
            raise ValueError("a checksum is wrong")
        if kind == b"IEND":
            return
        position = end


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _metadata(chunks: list[tuple[bytes, bytes]]) -> Metadata:
    found = {kind: content for kind, content in chunks if kind in (b"iCCP", b"eXIf", b"pHYs")}
    icc = found.get(b"iCCP")
    dpi = None
    if len(found.get(b"pHYs", b"")) == 9:
        across, down, unit = struct.unpack(">IIB", found[b"pHYs"])
        dpi = (across * INCH, down * INCH) if unit == 1 else None
    return Metadata(
        icc=_inflated(icc.partition(b"\0")[2][1:], PROFILE_BYTES) if icc else None,
        exif=found.get(b"eXIf"),
        xmp=next((xmp for kind, content in chunks if kind == b"iTXt" and (xmp := _xmp(content))), None),
        dpi=dpi,
        blocks=tuple((kind, content) for kind, content in chunks if kind in KEPT),
    )


def _xmp(content: bytes) -> bytes | None:
    """The XMP packet if this international text chunk holds one."""
    keyword, _, rest = content.partition(b"\0")
    if keyword != XMP_KEYWORD or len(rest) < 2:
        return None
    _language, _, rest_of_it = rest[2:].partition(b"\0")
    _translated, _, text = rest_of_it.partition(b"\0")
    return _inflated(text, TEXT_BYTES) if rest[0] else text


def _inflated(data: bytes, most: int) -> bytes | None:
    """Decompressed bytes, or ``None`` if they are damaged or more than ``most``."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, most)
    except zlib.error:
        return None
    return content if inflater.eof else None


def _portable(metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    """Chunks for metadata that came from another format."""
    if metadata.icc:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)
    if metadata.dpi:
        yield b"pHYs", struct.pack(">IIB", *(max(1, min(round(dpi / INCH), 2**31 - 1)) for dpi in metadata.dpi), 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif
    if metadata.xmp:
        yield b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp


def _gamma_note(chunks: list[tuple[bytes, bytes]]) -> tuple[Note, ...]:
    kinds = dict(chunks)
    gamma = kinds.get(b"gAMA", b"")
    if len(gamma) != 4 or b"iCCP" in kinds or b"sRGB" in kinds:
        return ()
    if abs(struct.unpack(">I", gamma)[0] / 45455 - 1) < 0.05:
        return ()
    return (Note("pictures.gamma_ignored"),)
