"""The block of bytes that a picture's bands are cut from: the pixels, then the mask if there is one."""

from __future__ import annotations

from typing import TypeAlias

Bytes: TypeAlias = "bytes | bytearray | memoryview"


class Block:
    """Pixels and mask as one ``Source``, without joining them.

    Both are contiguous buffers of any shape and type, such as ``bytes`` or ``array.data`` of numpy.
    """

    def __init__(self, pixels: Bytes, mask: Bytes | None = None) -> None:
        self._pixels = memoryview(pixels).cast("B")
        self._mask = memoryview(b"" if mask is None else mask).cast("B")

    def __call__(self, offset: int, length: int) -> bytes | memoryview:
        """``length`` bytes from ``offset`` on; fewer at the end. Only where pixels and mask meet are they copied."""
        end, size = offset + length, len(self._pixels)
        if end <= size:
            return self._pixels[offset:end]
        if offset >= size:
            return self._mask[offset - size : end - size]
        return bytes(self._pixels[offset:]) + bytes(self._mask[: end - size])
