"""Only the change goes back into a layer: finds it in the bytes of a picture, without NumPy, which GIMP doesn't have.

CONTRIBUTING.md has the rule.
Nothing here looks at pixels one by one in Python: memory is compared, joined and copied in slices.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass

SIDE = 128  # pixels: as large as the tiles that GIMP's own memory is cut into

_SAME = re.compile(b"\\0+")


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
