"""Flat art: areas that stay exactly as they are, and pictures that shading would ruin.

On exactly flat colour the smallest change shows, files grow many times, and encoders see little of it. So such areas
are left out, unless the artist asks for more than "default". Pixel art is all flat squares, and each of its colours
was chosen.
"""

from __future__ import annotations

import math

import numpy as np

from shared.problem import Problem
from shared.protocol.messages import Code

from .pixels import Canvas

SIDE = 32  # pixels: a square of this side in one colour is a flat area, and so is all that such squares cover
FEW_COLOURS = 64
SMALL = 256  # pixels on the longer side of a sprite at its own size
FEWEST_EDGES = 8  # rows, and columns, at which the colour changes, for a picture that is more than a box


def _words(pixels: np.ndarray) -> np.ndarray:
    """(H, W, k) uint32: the pixels' bytes, for quick comparison."""
    rows = np.ascontiguousarray(pixels)
    return rows.view(np.uint8).reshape(*rows.shape[:2], -1).view(np.uint32)


def _runs(same: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Where ``length`` true values in a row begin, along an axis; as many places as have room for that."""
    done, same = 1, np.moveaxis(same, axis, 0)
    while done < length:
        step = min(done, length - done)
        same = same[: len(same) - step] & same[step:]
        done += step
    return np.moveaxis(same, 0, axis)


def _spread(starts: np.ndarray, length: int, axis: int) -> np.ndarray:
    """The opposite: true for each start and the ``length`` − 1 values after it."""
    spread = np.moveaxis(starts, axis, 0)
    done = 1
    while done < length:
        step = min(done, length - done)
        longer = np.zeros((len(spread) + step, *spread.shape[1:]), bool)
        longer[: len(spread)] |= spread
        longer[step:] |= spread
        spread, done = longer, done + step
    return np.moveaxis(spread, 0, axis)


def flat_areas(pixels: np.ndarray) -> np.ndarray:
    """(H, W) bool: the pixels of (H, W, 4) that lie in a square of 32 × 32 pixels of one colour."""
    height, width = pixels.shape[:2]
    if min(height, width) < SIDE:
        return np.zeros((height, width), bool)
    words = _words(pixels)
    along = (words[:, 1:] == words[:, :-1]).all(-1)
    down = (words[1:] == words[:-1]).all(-1)
    along = _runs(_runs(along, SIDE - 1, 1), SIDE, 0)
    down = _runs(_runs(down, SIDE - 1, 0), SIDE, 1)
    return _spread(_spread(along & down, SIDE, 0), SIDE, 1)


def without_flat_areas(picture: Canvas) -> tuple[Canvas, float]:
    """The picture, masked so that its flat areas stay as they are, and the share they have of what would be shaded."""
    flat = flat_areas(picture.pixels)
    if not flat.any():
        return picture, 0.0
    mask = np.full(flat.shape, 255, np.uint8) if picture.mask is None else picture.mask
    would_be = (mask > 0) & (picture.pixels[..., 3] > 0)
    share = np.count_nonzero(flat & would_be) / max(1, np.count_nonzero(would_be))
    return Canvas(picture.pixels, np.where(flat, np.uint8(0), mask)), share


def pixel_art(pixels: np.ndarray) -> int:
    """The side of the squares that a picture (H, W, 4) is made of, 1 for a sprite at its own size; 0: no pixel art."""
    words = _words(pixels)
    edges = [np.flatnonzero((words[1:] != words[:-1]).any((1, 2))) + 1]
    edges.append(np.flatnonzero((words[:, 1:] != words[:, :-1]).any((0, 2))) + 1)
    if min(map(len, edges)) < FEWEST_EDGES:
        return 0
    side = math.gcd(*map(int, edges[0]), *map(int, edges[1]))
    if side >= 3:
        return side
    sprite = max(pixels.shape[:2]) <= SMALL * side
    colours = len(np.unique(words.reshape(-1, words.shape[2]), axis=0)) if sprite else math.inf
    return side if 4 <= colours <= FEW_COLOURS else 0


def refuse_pixel_art(picture: Canvas) -> None:
    """Raises ``Problem`` for pixel art: every square would be marbled, and the palette gone."""
    if side := pixel_art(picture.pixels):
        raise Problem("engine.pixel_art", Code.UNSUPPORTED, side=side)
