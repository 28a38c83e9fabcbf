"""The number format in which a layer is sent to the daemon: the image's own if that is sRGB, else sRGB in float.

The daemon takes sRGB-encoded RGBA in uint8, uint16 or float32. 8 and 16 bits are only for images that hold just that:
everything else (linear light, half and double precision, wide gamut) would be rounded or clipped on the way. GEGL
converts from and to whatever the layer has.

An unknown format name makes babl end the process, so names come from babl itself or are among those it always knows.
"""

from __future__ import annotations

import array
import itertools
from dataclasses import dataclass
from typing import Literal

from gi.repository import Babl, Gegl

SRGB = "R'G'B'A float"
TOLERANCE = 1 / 255  # a profile this close to sRGB everywhere is sRGB
STEPS = 9  # of each channel, for the colours that are tried

_DEPTHS = {"u8": "uint8", "u16": "uint16"}
_TYPES: dict[str, tuple[Literal["B", "H", "f"], int]] = {
    "uint8": ("B", 255),
    "uint16": ("H", 65_535),
    "float32": ("f", 1),
}


@dataclass(frozen=True)
class Format:
    """``name`` is babl's, for four channels; ``dtype`` is the daemon's name for one of them."""

    name: str
    dtype: str
    pixel: int  # bytes


FLOAT = Format(SRGB, "float32", 16)
BYTES = Format("R'G'B'A u8", "uint8", 4)


def to_send(native: Babl.Object) -> Format:
    """The format in which pixels of the format ``native`` are sent."""
    encoding, _, depth = Babl.format_get_encoding(native).partition(" ")
    # R' is the profile's own curve, R~ is sRGB's, as both are where the profile is sRGB's.
    if depth not in _DEPTHS or encoding.rstrip("A").replace("~", "'") not in ("R'G'B'", "Y'") or not _is_srgb(native):
        return FLOAT
    exact = Babl.format_with_space(f"R'G'B'A {depth}", native)
    return Format(Babl.get_name(exact), _DEPTHS[depth], Babl.format_get_bytes_per_pixel(exact))


def with_alpha_of(alpha: bytes, colours: memoryview, dtype: str) -> bytes:
    """The colours of one picture (4 channels, the last one alpha) with the alpha of another."""
    size = array.array(_TYPES[dtype][0]).itemsize
    merged = bytearray(colours)
    for byte in range(3 * size, 4 * size):
        merged[byte :: 4 * size] = alpha[byte :: 4 * size]
    return bytes(merged)


def opaque(pixels: memoryview, dtype: str) -> bool:
    """Whether every pixel (4 channels, the last one alpha) covers what is below it."""
    code, full = _TYPES[dtype]
    alpha = pixels.cast(code)[3::4]
    return alpha.tobytes() == (array.array(code, [full]) * len(alpha)).tobytes()


def _is_srgb(native: Babl.Object) -> bool:
    """Whether the space of ``native`` says the same as sRGB, to within one level of 8 bits."""
    own = Babl.get_name(Babl.format_with_space(SRGB, native))
    if own == SRGB:
        return True
    steps = [step / (STEPS - 1) for step in range(STEPS)]
    gray = Babl.format_get_encoding(native).startswith("Y")
    colours = [(step,) * 3 for step in steps] if gray else list(itertools.product(steps, repeat=3))
    grid = array.array("f", itertools.chain.from_iterable((*colour, 1.0) for colour in colours))
    line = Gegl.Rectangle.new(0, 0, len(colours), 1)
    buffer = Gegl.Buffer.new(SRGB, 0, 0, len(colours), 1)
    buffer.set(line, own, grid.tobytes())
    converted = array.array("f", buffer.get(line, 1.0, SRGB, Gegl.AbyssPolicy.NONE))
    return all(abs(a - b) < TOLERANCE for a, b in zip(grid, converted, strict=True))
