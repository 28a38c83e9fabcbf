"""How a layer's bytes travel: their number format, channel order and colour space.

Krita has eight colour models at four depths. The daemon understands RGBA and BGRA in three spaces, so

    RGB with sRGB's primaries   is sent as it is, at any depth, linear or not
    gray with such a curve      has its one channel written three times
    everything else             is converted by Krita to XYZ in float, in a hidden document (see ``convert``)

To XYZ rather than sRGB, because Krita clips colours to the gamut of the space that it converts to: the pure green of an
Adobe RGB picture would come back paler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ColorSpace(NamedTuple):
    """A colour space as Krita names it: ``("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")``."""

    model: str
    depth: str
    profile: str

    @property
    def bytes_per_pixel(self) -> int:
        """All channels together."""
        return _CHANNELS[self.model] * self.bytes_per_channel

    @property
    def bytes_per_channel(self) -> int:
        """1, 2 or 4."""
        return _BYTES[self.depth]

    @property
    def has_integers(self) -> bool:
        """Rather than floats."""
        return self.depth in ("U8", "U16")


XYZ = ColorSpace("XYZA", "F32", "XYZ identity built-in")

_CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCbCrA": 4, "A": 1}
_BYTES = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}
_DTYPES = {"U8": "uint8", "U16": "uint16", "F16": "float16", "F32": "float32"}
_OPAQUE = {"U8": b"\xff", "U16": b"\xff\xff", "F16": b"\x00\x3c", "F32": b"\x00\x00\x80\x3f"}  # full alpha

# Profiles by name: Krita's scripts can't see what is inside one.
_SPACES = {
    "RGBA": {
        "sRGB-elle-V2-srgbtrc.icc": "srgb",
        "sRGB-elle-V4-srgbtrc.icc": "srgb",
        "sRGB built-in": "srgb",
        "sRGB IEC61966-2.1": "srgb",
        "sRGB IEC61966-2-1 black scaled": "srgb",
        "GIMP built-in sRGB": "srgb",
        "sRGB-elle-V2-g10.icc": "linear",
        "sRGB-elle-V4-g10.icc": "linear",
        "scRGB (linear)": "linear",
        "krita-2.5, lcms sRGB built-in with linear gamma TRC": "linear",
        "GIMP built-in Linear sRGB": "linear",
    },
    "GRAYA": {
        "Gray-D50-elle-V2-srgbtrc.icc": "srgb",
        "Gray-D50-elle-V4-srgbtrc.icc": "srgb",
        "Gray-D50-elle-V2-g10.icc": "linear",
        "Gray-D50-elle-V4-g10.icc": "linear",
    },
}


@dataclass(frozen=True)
class Encoding:
    """How pixels are sent: converted to ``transport`` if they are in another space, then packed.

    ``dtype``, ``layout`` and ``space`` are the submit's; see ``shared.protocol.messages``.
    """

    transport: ColorSpace
    dtype: str
    layout: str
    space: str

    @property
    def bytes_per_pixel(self) -> int:
        """Of what is sent."""
        return 4 * _BYTES[self.transport.depth]

    def pack(self, pixels: bytes) -> bytes:
        """Pixels of ``transport`` as they are sent: four channels each."""
        if self.transport.model != "GRAYA":
            return pixels
        return _interleave(_planes(pixels, self.transport, 2), (0, 0, 0, 1))

    def unpack(self, pixels: bytes) -> bytes:
        """What came back, as pixels of ``transport``."""
        if self.transport.model != "GRAYA":
            return pixels
        # The daemon keeps gray pictures gray, so the three are equal; else green would be nearest to what the eye sees.
        return _interleave(_planes(pixels, self.transport, 4), (1, 3))


def encoding_of(space: ColorSpace) -> Encoding | None:
    """The encoding for pixels of ``space``; None if they can't be shaded (Krita's alpha-only layers)."""
    if space.model not in _CHANNELS or space.model == "A" or space.depth not in _BYTES:
        return None
    known = _SPACES.get(space.model, {}).get(space.profile)
    if known is None:
        return Encoding(XYZ, "float32", "RGBA", "xyz")
    # Krita stores integers as B,G,R,A and floats as R,G,B,A.
    layout = "BGRA" if space.has_integers else "RGBA"
    return Encoding(space, _DTYPES[space.depth], layout, known)


def has_translucent(pixels: bytes, space: ColorSpace) -> bool:
    """Whether any pixel of ``space`` is neither wholly opaque nor wholly transparent. Alpha is the last channel."""
    size, opaque = space.bytes_per_pixel, _OPAQUE[space.depth]
    planes = [pixels[size - len(opaque) + index :: size] for index in range(len(opaque))]
    # Each byte of alpha has one of two values, and all bytes of a pixel agree on which.
    marks = []
    for plane, full in zip(planes, opaque, strict=True):
        if full == 0:
            if plane.count(0) != len(plane):
                return True
        elif plane.count(0) + plane.count(full) != len(plane):
            return True
        else:
            marks.append(plane.replace(bytes([full]), b"\x01"))
    return any(mark != marks[0] for mark in marks)


def is_invisible(pixels: bytes, space: ColorSpace) -> bool:
    """Whether every pixel of ``space`` is wholly transparent."""
    size, width = space.bytes_per_pixel, space.bytes_per_channel
    planes = (pixels[size - width + index :: size] for index in range(width))
    return all(plane.count(0) == len(plane) for plane in planes)


def _planes(pixels: bytes, space: ColorSpace, channels: int) -> list[list[bytes]]:
    """For each channel the planes of its first, second … byte."""
    width = _BYTES[space.depth]
    step = channels * width
    return [[pixels[channel * width + byte :: step] for byte in range(width)] for channel in range(channels)]


def _interleave(planes: list[list[bytes]], order: tuple[int, ...]) -> bytes:
    """Pixels whose channels are the given planes in the given order."""
    width = len(planes[0])
    step = len(order) * width
    out = bytearray(len(planes[0][0]) * step)
    for position, channel in enumerate(order):
        for byte in range(width):
            out[position * width + byte :: step] = planes[channel][byte]
    return bytes(out)
