"""Writing TIFF: the samples at their own depth, compressed as they were, and all the tags that describe them.

It exists because no library here writes both RGB at 16 bits and nested EXIF tags. Pillow packs the tags and imagecodecs
compresses the strips, so only the layout is left to do: header, tags, strips.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import imagecodecs
import numpy as np
from PIL import Image, TiffTags
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from .model import PictureFile, Samples
from .tiff import ACROSS, DESCRIPTIVE, DOWN, EXIF_BLOCK, GPS_BLOCK, ICC, UNIT, XMP, sub_block

STRIP_BYTES = 1 << 18
MOST_BYTES = 4 * 10**9  # offsets have 32 bits
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
OFFSETS, CHANNELS, ROWS, COUNTS, PLANAR, PREDICTOR, EXTRA, FORMAT = 273, 277, 278, 279, 284, 317, 338, 339
BLACK_IS_ZERO, RGB, CMYK = 1, 2, 5
Strip = bytes | bytearray | memoryview
COMPRESSORS: dict[str, tuple[int, Callable[[bytes], Strip]]] = {
    "none": (1, bytes),
    "lzw": (5, imagecodecs.lzw_encode),
    "deflate": (8, imagecodecs.zlib_encode),
    "zstd": (50000, imagecodecs.zstd_encode),
}


def write(picture: PictureFile) -> bytes:
    """The file. Raises ``ValueError`` where it would be over 4 GB."""
    options = dict(picture.writer)
    code, compress = COMPRESSORS[options.get("compression", "deflate")]
    predict = bool(options.get("predictor", True)) and code != 1
    samples = picture.samples
    rows = max(1, STRIP_BYTES // max(1, samples[0].nbytes))
    strips = [
        compress(_predicted(samples[top : top + rows], predict).tobytes()) for top in range(0, picture.height, rows)
    ]
    if sum(map(len, strips)) > MOST_BYTES:
        raise ValueError("too much data for a TIFF file")
    tags = _layout(picture, code, rows, strips)
    if predict:
        tags[PREDICTOR] = 3 if samples.dtype.kind == "f" else 2
    _describe(tags, picture)
    # Samples are in the machine's own byte order, which is little-endian ("II") wherever PyTorch runs.
    # Pillow takes offsets as counted from the end of the tags and adds the length of the tags.
    return b"II*\0" + struct.pack("<I", 8) + tags.tobytes(8) + b"".join(strips)


def can_describe(exif: bytes) -> bool:
    """Whether an EXIF block from a file can be written back. A damaged one can't."""
    tags = ImageFileDirectory_v2()
    try:
        _copy_exif(tags, exif)
        tags.tobytes(8)
    except Exception:  # Pillow's tag code raises anything on values of an unexpected type
        return False
    return True


def _predicted(strip: Samples, predict: bool) -> Samples:
    """The differences between neighbours if ``predict``: they compress better."""
    if not predict:
        return strip
    if strip.dtype.kind == "f":
        return imagecodecs.floatpred_encode(np.ascontiguousarray(strip), axis=-2)
    # An array already, but the types of some versions of imagecodecs say bytes.
    return np.asarray(imagecodecs.delta_encode(np.ascontiguousarray(strip), axis=-2))


def _layout(picture: PictureFile, compression: int, rows: int, strips: list[Strip]) -> ImageFileDirectory_v2:
    tags = ImageFileDirectory_v2()
    channels = picture.samples.shape[2]
    lengths = [len(strip) for strip in strips]
    starts = [0, *np.cumsum(lengths[:-1], dtype=np.int64).tolist()]
    for code in (WIDTH, HEIGHT, OFFSETS, COUNTS, ROWS):
        tags.tagtype[code] = TiffTags.LONG
    tags[WIDTH], tags[HEIGHT] = picture.width, picture.height
    tags[BITS] = (picture.samples.dtype.itemsize * 8,) * channels
    tags[COMPRESSION] = compression
    tags[PHOTOMETRIC] = {1: BLACK_IS_ZERO, 3: RGB, 4: CMYK}[picture.colours]
    tags[OFFSETS], tags[COUNTS], tags[ROWS] = tuple(starts), tuple(lengths), rows
    tags[CHANNELS] = channels
    tags[PLANAR] = 1
    tags[FORMAT] = (3 if picture.samples.dtype.kind == "f" else 1,) * channels
    extra = channels - picture.colours
    if extra:
        alpha = () if picture.alpha is None else (1 if picture.premultiplied else 2,)
        tags[EXTRA] = alpha + (0,) * (extra - len(alpha))
    return tags


def _describe(tags: ImageFileDirectory_v2, picture: PictureFile) -> None:
    metadata = picture.metadata
    if metadata.exif:
        _copy_exif(tags, metadata.exif)
    if metadata.dpi:
        tags[ACROSS], tags[DOWN] = metadata.dpi
        tags[UNIT] = 2
    if metadata.icc:
        tags[ICC] = metadata.icc
    if metadata.xmp:
        tags[XMP] = metadata.xmp
    for name, content in metadata.blocks:
        tags.tagtype[int(name)] = TiffTags.UNDEFINED
        tags[int(name)] = content


def _copy_exif(tags: ImageFileDirectory_v2, block: bytes) -> None:
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    for code in DESCRIPTIVE:
        if code in exif:
            tags[code] = exif[code]
    for code in (EXIF_BLOCK, GPS_BLOCK):
        if content := sub_block(exif, code):
            tags.tagtype[code] = TiffTags.LONG
            tags[code] = content
