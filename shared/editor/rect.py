"""Rectangles of pixels."""

from __future__ import annotations

from typing import NamedTuple


class Rect(NamedTuple):
    """Pixels of a picture or a layer; ``x`` and ``y`` may be negative."""

    x: int
    y: int
    width: int
    height: int

    def intersection(self, other: Rect) -> Rect:
        """What both cover; without width or height if that is nothing."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Rect(left, top, max(0, right - left), max(0, bottom - top))

    def around(self, inner: Rect) -> list[Rect]:
        """What is left of this one without ``inner``, which lies within it: up to four rectangles."""
        below = inner.y + inner.height
        beside = inner.x + inner.width
        parts = [
            Rect(self.x, self.y, self.width, inner.y - self.y),
            Rect(self.x, inner.y, inner.x - self.x, inner.height),
            Rect(beside, inner.y, self.x + self.width - beside, inner.height),
            Rect(self.x, below, self.width, self.y + self.height - below),
        ]
        return [part for part in parts if part.width > 0 and part.height > 0]

    def rows(self, most_pixels: int) -> list[Rect]:
        """Cut into bands of at most ``most_pixels`` pixels each, but at least one row high."""
        height = max(1, most_pixels // max(1, self.width))
        bottom = self.y + self.height
        return [Rect(self.x, top, self.width, min(height, bottom - top)) for top in range(self.y, bottom, height)]

    def square_around(self, x: int, y: int, side: int) -> Rect:
        """A square of ``side`` pixels inside this one, centred near (x, y); less where this one is smaller."""
        width, height = min(side, self.width), min(side, self.height)
        left = max(self.x, min(x - width // 2, self.x + self.width - width))
        top = max(self.y, min(y - height // 2, self.y + self.height - height))
        return Rect(left, top, width, height)
