"""How a picture is laid out in bytes, and how the bytes are cut into bands."""

from __future__ import annotations

BAND_BYTES = 1 << 20
CHANNELS = 4
BYTES_PER_CHANNEL = {"uint8": 1, "uint16": 2, "float16": 2, "float32": 4}
LAYOUTS = ("RGBA", "BGRA")
SPACES = ("srgb", "linear", "xyz")
"""What the three colour channels are: sRGB as it is encoded; sRGB's primaries in linear light; CIE XYZ relative to D50
with Y = 1 for white, in which any colour space can be sent without cutting off what lies outside of sRGB. Where a
channel is X, Y or Z, the layout names it R, G or B."""


def bands(total_bytes: int) -> int:
    """How many bands a block of bytes makes."""
    return -(-total_bytes // BAND_BYTES)


def band_bytes(total_bytes: int, band: int) -> int:
    """The size of one band. Raises ``IndexError`` for a band that doesn't exist."""
    if not 0 <= band < bands(total_bytes):
        raise IndexError(f"There is no band {band}.")
    return min(BAND_BYTES, total_bytes - band * BAND_BYTES)
