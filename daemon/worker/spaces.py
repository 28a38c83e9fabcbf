"""Pictures in other colour spaces than the engine's, there and back: what isn't shaded stays as it was.

The rule is in CONTRIBUTING.md, "Only the change goes back"; here an exact inverse makes it simple.
The engine works on sRGB-encoded values, which may lie outside 0…1 in float. Linear light and XYZ are brought there by
the curve and the matrix of IEC 61966-2-1, which have an inverse everywhere: no colour is cut off, whatever its gamut.
"""

from __future__ import annotations

import numpy as np

ROWS = 256  # converted at a time, so that the working copies stay small

D50 = np.array([0.9642, 1.0, 0.8249])  # white in XYZ, ICC.1:2022, 7.2.16
_PEAKS = {"uint8": 255.0, "uint16": 65_535.0, "float16": 1.0, "float32": 1.0}


def _srgb_to_xyz() -> np.ndarray:
    """(3, 3): linear sRGB → XYZ relative to D50, so that white becomes white to the last digit.

    Primaries and white of IEC 61966-2-1, adapted by Bradford's method (ICC.1:2022, annex E).
    """
    x, y = np.array([[0.64, 0.30, 0.15, 0.3127], [0.33, 0.60, 0.06, 0.3290]])
    columns = np.array([x / y, np.ones(4), (1 - x - y) / y])  # XYZ of red, green, blue and white, each with Y = 1
    primaries, white = columns[:, :3], columns[:, 3]
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    adapt = np.linalg.inv(cone) @ np.diag((cone @ D50) / (cone @ white)) @ cone
    return adapt @ primaries @ np.diag(np.linalg.solve(primaries, white))


_TO_XYZ = _srgb_to_xyz()
_FROM_XYZ = np.linalg.inv(_TO_XYZ)


@np.errstate(invalid="ignore", over="ignore")
def to_srgb(pixels: np.ndarray, space: str) -> np.ndarray:
    """(height, width, 4) of any dtype in ``space`` → what the engine takes.

    sRGB in a dtype that the engine knows is returned as it is; everything else becomes float32, which may exceed 0…1.
    """
    if space == "srgb" and pixels.dtype != np.float16:
        return pixels
    out = np.empty(pixels.shape, np.float32)
    for top in range(0, len(pixels), ROWS):
        rows = pixels[top : top + ROWS].astype(np.float64) / _PEAKS[pixels.dtype.name]
        if space == "xyz":
            rows[..., :3] = rows[..., :3] @ _FROM_XYZ.T
        if space != "srgb":
            rows[..., :3] = _encode(rows[..., :3])
        out[top : top + ROWS] = rows
    return out


@np.errstate(invalid="ignore", over="ignore")
def from_srgb(original: np.ndarray, sent: np.ndarray, shaded: np.ndarray, space: str) -> np.ndarray:
    """What the engine made of ``sent``, in the dtype and the space of ``original``, from which ``sent`` was made.

    Pixels that the engine didn't change are those of ``original``, bit for bit, and so is alpha.
    """
    if sent is original:
        return shaded
    out = original.copy()
    peak = _PEAKS[original.dtype.name]
    for top in range(0, len(original), ROWS):
        rows = slice(top, top + ROWS)
        before = sent[rows, :, :3]
        # The engine leaves NaN alone, which differs from itself; of one in XYZ all three colours become NaN.
        changed = ((shaded[rows, :, :3] != before) & ~np.isnan(before)).any(-1)
        colours = shaded[rows, :, :3][changed].astype(np.float64)
        if space != "srgb":
            colours = _decode(colours)
        if space == "xyz":
            colours = colours @ _TO_XYZ.T
        if peak > 1:
            colours = np.rint(colours * peak).clip(0, peak)
        out[rows, :, :3][changed] = colours.astype(original.dtype)
    return out


def _encode(linear: np.ndarray) -> np.ndarray:
    """Linear light → sRGB's curve, continued below 0 as its mirror image."""
    size = np.abs(linear)
    return np.copysign(np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055), linear)


def _decode(encoded: np.ndarray) -> np.ndarray:
    """sRGB's curve → linear light: the inverse of ``_encode``."""
    size = np.abs(encoded)
    return np.copysign(np.where(size <= 0.0404499, size / 12.92, ((size + 0.055) / 1.055) ** 2.4), encoded)
