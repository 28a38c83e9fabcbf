"""Pixels as Krita keeps them: a plane without borders for each layer, and bytes in Krita's formats."""

from __future__ import annotations

import numpy as np

Space = tuple[str, str, str]
"""Model, depth and profile."""

SRGB: Space = ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
ADOBE: Space = ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc")
XYZ: Space = ("XYZA", "F32", "XYZ identity built-in")
GRAY: Space = ("GRAYA", "U16", "Gray-D50-elle-V2-srgbtrc.icc")
CMYK: Space = ("CMYKA", "U8", "Chemical proof")

PROFILES = {
    "RGBA": {SRGB[2], ADOBE[2], "sRGB-elle-V2-g10.icc"},
    "GRAYA": {GRAY[2]},
    "CMYKA": {CMYK[2]},
    "XYZA": {XYZ[2]},
}
_WHITE = np.array([0.9642, 1.0, 0.8249, 1.0])
_CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "XYZA": 4}
_TYPES = {"U8": "<u1", "U16": "<u2", "F16": "<f2", "F32": "<f4"}


def pixel_bytes(space: Space) -> int:
    return _CHANNELS[space[0]] * np.dtype(_TYPES[space[1]]).itemsize


def convert(pixels: bytes, source: Space, target: Space) -> bytes:
    """From one space to another. The colours are not those of real profiles, but XYZ is never the same as RGB."""
    return _encode(_decode(pixels, source), target)


def _peak(depth: str) -> float:
    return float(np.iinfo(_TYPES[depth]).max) if depth.startswith("U") else 1.0


def _decode(pixels: bytes, space: Space) -> np.ndarray:
    """(n, 4): red, green, blue, alpha, of which 1 is full."""
    model, depth, _ = space
    stored = np.frombuffer(pixels, _TYPES[depth]).reshape(-1, _CHANNELS[model]).astype(np.float64) / _peak(depth)
    if model == "GRAYA":
        return stored[:, [0, 0, 0, 1]]
    if model == "CMYKA":
        return np.concatenate([(1 - stored[:, :3]) * (1 - stored[:, 3:4]), stored[:, 4:]], 1)
    if model == "XYZA":
        return stored / _WHITE
    return stored[:, [2, 1, 0, 3]] if depth.startswith("U") else stored


def _encode(colours: np.ndarray, space: Space) -> bytes:
    model, depth, _ = space
    stored = colours
    if model == "GRAYA":
        stored = colours[:, [1, 3]]
    elif model == "CMYKA":
        stored = np.concatenate([1 - colours[:, :3], np.zeros_like(colours[:, :1]), colours[:, 3:]], 1)
    elif model == "XYZA":
        stored = colours * _WHITE
    elif depth.startswith("U"):
        stored = colours[:, [2, 1, 0, 3]]
    if depth.startswith("U"):
        stored = np.rint(stored * _peak(depth)).clip(0, _peak(depth))
    return stored.astype(_TYPES[depth]).tobytes()


def noise(width: int, height: int, space: Space) -> bytes:
    """Pixels no two rows of which are the same, all of them opaque."""
    model, depth, _ = space
    colours = np.random.default_rng(width * height).integers(0, 256, (width * height, _CHANNELS[model]))
    stored = colours / 255 * _peak(depth)
    stored[:, -1] = _peak(depth)
    return stored.astype(_TYPES[depth]).tobytes()


class QRect:
    """As much of Qt's as is needed."""

    def __init__(self, x: int, y: int, width: int, height: int) -> None:
        self._all = (x, y, width, height)

    def x(self) -> int:
        return self._all[0]

    def y(self) -> int:
        return self._all[1]

    def width(self) -> int:
        return self._all[2]

    def height(self) -> int:
        return self._all[3]


class ByteArray(bytes):
    """A QByteArray."""

    def data(self) -> bytes:
        return bytes(self)


class Plane:
    """Pixels of so many bytes each at any coordinates, 0 where nothing was written."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.x = self.y = 0
        self.block = np.zeros((0, 0, size), np.uint8)

    @property
    def bounds(self) -> QRect:
        """The rectangle that has been written to."""
        height, width = self.block.shape[:2]
        return QRect(self.x, self.y, width, height)

    def read(self, x: int, y: int, width: int, height: int) -> ByteArray:
        return ByteArray(self._grown(x, y, width, height).part(x, y, width, height).tobytes())

    def write(self, pixels: bytes, x: int, y: int, width: int, height: int) -> bool:
        """False if the bytes are too few or too many."""
        if len(pixels) != width * height * self.size:
            return False
        grown = self._grown(x, y, width, height)
        self.x, self.y, self.block = grown.x, grown.y, grown.block
        self.part(x, y, width, height)[:] = np.frombuffer(pixels, np.uint8).reshape(height, width, self.size)
        return True

    def copy(self) -> Plane:
        return self._grown(self.x, self.y, 0, 0)

    def part(self, x: int, y: int, width: int, height: int) -> np.ndarray:
        """A view of what lies there, all of which has been written."""
        top, left = y - self.y, x - self.x
        return self.block[top : top + height, left : left + width]

    def _grown(self, x: int, y: int, width: int, height: int) -> Plane:
        """A copy that reaches as far as that too."""
        grown = Plane(self.size)
        old_height, old_width = self.block.shape[:2]
        empty = self.block.size == 0
        grown.x, grown.y = (x, y) if empty else (min(x, self.x), min(y, self.y))
        right = x + width if empty else max(x + width, self.x + old_width)
        bottom = y + height if empty else max(y + height, self.y + old_height)
        grown.block = np.zeros((bottom - grown.y, right - grown.x, self.size), np.uint8)
        if not empty:
            grown.part(self.x, self.y, old_width, old_height)[:] = self.block
        return grown
