"""Reading TIFF: gray, RGB, CMYK or palette at 8 or 16 bits or in float, with the tags that describe the picture.

tifffile decodes the samples, since Pillow knows RGB neither at 16 bits nor in float. Pillow reads the tags, which look
like an EXIF block (an EXIF block *is* a small TIFF file).
"""

from __future__ import annotations

import io
import itertools
import logging
import math
import struct
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from shared.problem import Problem
from shared.protocol.messages import Code
from shared.wording.note import Note

from .model import Metadata, PictureFile, Samples

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MOST_CHANNELS = 16
MOST_TILE = 1 << 26  # samples
ICC, XMP, IPTC, PHOTOSHOP, LAYERS, INK_SET = 34675, 700, 33723, 34377, 37724, 332
EXIF_BLOCK, GPS_BLOCK, INTEROP_BLOCK = 0x8769, 0x8825, 0xA005
ACROSS, DOWN, UNIT = 282, 283, 296
# Document name, description, make, model, orientation, page name, software, time, artist, computer, copyright, rating
DESCRIPTIVE = (269, 270, 271, 272, 274, 285, 305, 306, 315, 316, 33432, 18246, 18249)
# What the writer keeps; anything else is written with deflate, which loses nothing either.
COMPRESSIONS = {1: "none", 5: "lzw", 8: "deflate", 32946: "deflate", 50000: "zstd"}
PHOTOMETRIC = tifffile.PHOTOMETRIC

# tifffile logs what it finds odd about a file; people get one sentence of ours instead.
logging.getLogger("tifffile").addHandler(logging.NullHandler())
logging.getLogger("tifffile").propagate = False


def size(data: bytes) -> tuple[int, int]:
    """Width and height as the first page's tags say, without decoding anything."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = _first_page(file)
        return page.imagewidth, page.imagelength


def read(data: bytes, name: str) -> PictureFile:
    """Decode a TIFF. Raises ``Problem`` for what isn't supported, other exceptions for damaged data."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = _first_page(file)
        notes = _pages(file, name)
        _check(page, data, name)
        samples = _samples(page)
        byte_order = file.byteorder
    samples, colours, more = _colours(page, samples, name)
    extra = samples.shape[2] - colours
    kinds = tuple(int(kind) for kind in page.extrasamples)
    has_alpha = extra > 0 and kinds[:1] in ((1,), (2,))
    if extra > int(has_alpha):
        more += (Note("pictures.channels_kept"),)
    if page.tags.get(LAYERS):
        more += (Note("pictures.layers_left_out"),)
    return PictureFile(
        format="TIFF",
        samples=np.ascontiguousarray(samples),
        colours=colours,
        alpha=colours if has_alpha else None,
        premultiplied=has_alpha and kinds[0] == 1,
        metadata=_metadata(page, data, byte_order),
        writer=(("compression", COMPRESSIONS.get(int(page.compression), "deflate")), ("predictor", page.predictor > 1)),
        notes=notes + more,
    )


def _first_page(file: tifffile.TiffFile) -> tifffile.TiffPage:
    page = file.pages[0]
    if not isinstance(page, tifffile.TiffPage):
        raise ValueError("no first page")
    return page


def _pages(file: tifffile.TiffFile, name: str) -> tuple[Note, ...]:
    """Refuses a document of several pages; small copies of the picture don't count as pages."""
    others = list(itertools.islice(file.pages, 1, 65))
    if any(not (isinstance(page, tifffile.TiffPage) and page.is_reduced) for page in others):
        raise Problem("pictures.several_pages", Code.UNSUPPORTED, name=name)
    return (Note("pictures.preview_left_out"),) if others else ()


def _check(page: tifffile.TiffPage, data: bytes, name: str) -> None:
    """Refuses what would be misread, and data outside the file, for which tifffile would put black."""
    depth = page.bitspersample
    kind = page.dtype.kind if page.dtype is not None else ""
    if not (kind in "ub" and depth in (1, 8, 16)) and not (kind == "f" and depth in (16, 32, 64)):
        raise Problem("pictures.sample_type", Code.UNSUPPORTED, name=name, bits=depth, kind=kind or "?")
    if page.samplesperpixel > MOST_CHANNELS:
        raise Problem("pictures.too_many_channels", Code.UNSUPPORTED, name=name, channels=page.samplesperpixel)
    if page.is_tiled and page.tilewidth * page.tilelength * page.samplesperpixel > MOST_TILE:
        raise ValueError("absurd tile size")
    if len(page.dataoffsets) != len(page.databytecounts) or not page.dataoffsets:
        raise ValueError("strip tables disagree")
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        if count <= 0 or offset + count > len(data):
            raise ValueError("strip outside the file")


def _samples(page: tifffile.TiffPage) -> Samples:
    """All channels as (height, width, channels)."""
    samples = page.asarray()
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    height, width, channels = page.imagelength, page.imagewidth, page.samplesperpixel
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and channels > 1:
        return np.moveaxis(samples.reshape(channels, height, width), 0, 2)
    return samples.reshape(height, width, channels)


def _colours(page: tifffile.TiffPage, samples: Samples, name: str) -> tuple[Samples, int, tuple[Note, ...]]:
    """Samples in one of our colour models, how many channels are colours, and notes."""
    photometric = page.photometric
    notes: tuple[Note, ...] = ()
    if samples.dtype.kind == "b":
        samples = samples.astype(np.uint8) * np.uint8(255)
        notes = (Note("pictures.few_bits", bits=1),)
    if samples.dtype.kind == "f" and not np.isfinite(samples).all():
        raise Problem("pictures.not_numbers", Code.BAD_REQUEST, name=name)
    if photometric == PHOTOMETRIC.PALETTE and page.colormap is not None:
        palette = (page.colormap.T >> 8).astype(np.uint8)  # right for files that scale by 256 and by 257
        return palette[samples[:, :, 0]], 3, (Note("pictures.palette"),)
    if photometric == PHOTOMETRIC.MINISWHITE:
        full = 1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
        inverted = samples.copy()
        inverted[:, :, 0] = full - samples[:, :, 0]
        return inverted, 1, notes
    if photometric == PHOTOMETRIC.MINISBLACK:
        return samples, 1, notes
    jpeg = int(page.compression) in (6, 7)
    if photometric == PHOTOMETRIC.RGB or (photometric == PHOTOMETRIC.YCBCR and jpeg):
        if samples.shape[2] >= 3:
            return samples, 3, notes
    elif photometric == PHOTOMETRIC.SEPARATED and page.tags.valueof(INK_SET, 1) == 1 and samples.shape[2] >= 4:
        return samples, 4, notes
    raise Problem("pictures.colour_model", Code.UNSUPPORTED, name=name)


def _metadata(page: tifffile.TiffPage, data: bytes, byte_order: str) -> Metadata:
    exif, dpi = _exif(data)
    blocks = ((code, _bytes(page.tags.valueof(code), byte_order)) for code in (IPTC, PHOTOSHOP))
    return Metadata(
        icc=_bytes(page.tags.valueof(ICC), byte_order) or None,
        exif=exif,
        xmp=_bytes(page.tags.valueof(XMP), byte_order) or None,
        dpi=dpi,
        blocks=tuple((str(code).encode(), content) for code, content in blocks if content),
    )


def _exif(data: bytes) -> tuple[bytes | None, tuple[float, float] | None]:
    """The descriptive tags as an EXIF block, and the resolution in pixels per inch."""
    source = Image.Exif()
    try:
        source.load_from_fp(io.BytesIO(data))
        found = Image.Exif()
        for code in DESCRIPTIVE:
            if code in source:
                found[code] = source[code]
        for code in (EXIF_BLOCK, GPS_BLOCK):
            if block := sub_block(source, code):
                found[code] = block
        across, down = float(source.get(ACROSS, 0)), float(source.get(DOWN, 0))
        inches = {2: 1.0, 3: 2.54}.get(source.get(UNIT, 2), 0.0)
        known = all(math.isfinite(value) and value > 0 for value in (across * inches, down * inches))
        exif = found.tobytes().removeprefix(b"Exif\0\0") if len(found) else None
    except Exception:  # Pillow's parser raises anything on tags it doesn't expect; the picture itself is fine
        return None, None
    return exif, (across * inches, down * inches) if known else None


def sub_block(exif: Image.Exif, code: int) -> dict[int, Any]:
    """The EXIF or GPS tags, with the interoperability tags inside, as Pillow wants them for writing."""
    block = dict(exif.get_ifd(code))
    if INTEROP_BLOCK in block:
        block[INTEROP_BLOCK] = dict(exif.get_ifd(INTEROP_BLOCK))
    return block


def _bytes(value: object, byte_order: str) -> bytes:
    """A tag's content; IPTC is often declared as 32-bit numbers although it is bytes."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple) and all(isinstance(number, int) and 0 <= number < 2**32 for number in value):
        return struct.pack(f"{byte_order}{len(value)}I", *value)
    return b""
