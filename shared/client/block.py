"""A block of bytes that lies in several pieces and is never joined: that would stall an editor."""

from __future__ import annotations

from bisect import bisect_right
from typing import TypeAlias

Bytes: TypeAlias = "bytes | bytearray | memoryview"


class Block:
    """A ``Source``: the bytes of a picture, then those of its mask, in pieces of any size.

    A piece is a contiguous buffer of any shape and type, such as ``bytes`` or ``array.data`` of numpy; None is none.
    """

    def __init__(self, *pieces: Bytes | None) -> None:
        self._pieces: list[memoryview] = []
        self._starts: list[int] = []
        self._length = 0
        for piece in pieces:
            self.append(b"" if piece is None else piece)

    def __len__(self) -> int:
        """Bytes of all pieces together."""
        return self._length

    def append(self, piece: Bytes) -> None:
        """Add a piece at the end; it isn't copied and mustn't change."""
        view = memoryview(piece)
        if view.nbytes:
            self._pieces.append(view.cast("B"))
            self._starts.append(self._length)
            self._length += view.nbytes

    def __call__(self, offset: int, length: int) -> bytes | memoryview:
        """``length`` bytes from ``offset`` on, fewer at the end; copied only where they lie in several pieces."""
        found: list[memoryview] = []
        index = max(0, bisect_right(self._starts, offset) - 1)
        while length > 0 and index < len(self._pieces):
            start = offset - self._starts[index]
            part = self._pieces[index][start : start + length]
            found.append(part)
            offset += len(part)
            length -= len(part)
            index += 1
        return found[0] if len(found) == 1 else b"".join(found)
