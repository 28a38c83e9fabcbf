"""A block of bytes that grows piece by piece, without ever being moved as a whole: that would stall the editor."""

from __future__ import annotations

from bisect import bisect_right


class Chunks:
    """Bytes appended in pieces of any size, read at any offset."""

    def __init__(self) -> None:
        self._pieces: list[memoryview] = []
        self._starts: list[int] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, piece: bytes | bytearray | memoryview) -> None:
        if len(piece):
            self._pieces.append(memoryview(piece).cast("B"))
            self._starts.append(self._length)
            self._length += self._pieces[-1].nbytes

    def read(self, offset: int, length: int) -> memoryview | bytes:
        """``length`` bytes from ``offset``, fewer at the end; copied only where they lie in several pieces."""
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
