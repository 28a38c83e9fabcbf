"""Pictures as bytes, without NumPy, which GIMP doesn't have: what changed, and what alpha there is.

Nothing here looks at pixels one by one in Python: memory is compared, joined and copied in slices.
"""

from __future__ import annotations

import operator
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SIDE = 128  # pixels: as large as the tiles that GIMP's own memory is cut into

_SAME = re.compile(b"\\0+")
_TYPES: dict[str, tuple[Literal["B", "H", "f"], int]] = {
    "uint8": ("B", 255),
    "uint16": ("H", 65_535),
    "float32": ("f", 1),
}


@dataclass(frozen=True)
class Tile:
    """A rectangle, in pixels, and its bytes, row after row."""

    x: int
    y: int
    width: int
    height: int
    before: bytes
    after: bytes


def changed(before: memoryview, after: memoryview, width: int, pixel: int) -> Iterator[Tile]:
    """The tiles of ``after`` in which anything differs from ``before``.

    Both are whole pictures of ``width`` pixels of ``pixel`` bytes, rows from the top.
    """
    row = width * pixel
    height = len(before) // row
    for top in range(0, height, SIDE):
        bottom = min(top + SIDE, height)
        if before[top * row : bottom * row] == after[top * row : bottom * row]:
            continue
        for left in range(0, width, SIDE):
            right = min(left + SIDE, width)
            spans = [slice(y * row + left * pixel, y * row + right * pixel) for y in range(top, bottom)]
            if any(before[span] != after[span] for span in spans):
                joined = (b"".join(picture[span] for span in spans) for picture in (before, after))
                yield Tile(left, top, right - left, bottom - top, *joined)


def kept(tile: Tile) -> Iterator[slice]:
    """The runs of pixels in a tile of 16-byte pixels that did not change."""
    before, after = (memoryview(pixels).cast("Q") for pixels in (tile.before, tile.after))
    halves = bytes(map(operator.ne, before, after))
    for run in _SAME.finditer(bytes(map(operator.or_, halves[0::2], halves[1::2]))):
        yield slice(*run.span())


def with_alpha_of(alpha: bytes, colours: memoryview, dtype: str) -> bytes:
    """The colours of one picture (4 channels, the last one alpha) with the alpha of another."""
    size = array(_TYPES[dtype][0]).itemsize
    merged = bytearray(colours)
    for byte in range(3 * size, 4 * size):
        merged[byte :: 4 * size] = alpha[byte :: 4 * size]
    return bytes(merged)


def opaque(pixels: memoryview, dtype: str) -> bool:
    """Whether every pixel (4 channels, the last one alpha) covers what is below it."""
    code, full = _TYPES[dtype]
    alpha = pixels.cast(code)[3::4]
    return alpha.tobytes() == (array(code, [full]) * len(alpha)).tobytes()
