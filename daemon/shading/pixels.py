"""Between a layer's bytes and the engine's tensors: alpha, masks, number formats, rounding.

The engine works on a small copy of the layer over white. This module makes that copy, and lays the change δ that comes
out of it onto the layer at full size, band by band, so that there is never a float copy of a large layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from shared.problem import Problem
from shared.protocol.messages import Code

BAND_ROWS = 256
PEAKS = {"uint8": 255, "uint16": 65_535, "float32": 1}


@dataclass(frozen=True)
class Canvas:
    """A layer: ``pixels`` (H, W, 4) of uint8, uint16 or float32, sRGB-encoded RGBA, alpha not premultiplied.

    ``mask`` (H, W) uint8 weighs the change, 0 = keep the pixel, 255 = all of it; None = 255 everywhere.
    Raises ``Problem`` if shapes or types don't fit.
    """

    pixels: np.ndarray
    mask: np.ndarray | None = None

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, str(self.pixels.dtype)
        if len(shape) != 3 or shape[2] != 4 or 0 in shape or dtype not in PEAKS:
            raise Problem("engine.bad_pixels", Code.BAD_REQUEST, known=", ".join(PEAKS))
        if self.mask is not None and (self.mask.shape != shape[:2] or self.mask.dtype != np.uint8):
            raise Problem("engine.bad_mask", Code.BAD_REQUEST)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def peak(self) -> int:
        """The value of full intensity: 255, 65,535 or 1."""
        return PEAKS[str(self.pixels.dtype)]

    def unit(self, top: int, bottom: int) -> Tensor:
        """Rows as (4, h, W) float32, 0…1 being what a display shows; float layers may exceed it. No NaN, no ±∞."""
        rows = torch.from_numpy(self.pixels[top:bottom].astype(np.float32)).permute(2, 0, 1)
        return rows.div_(self.peak) if self.peak != 1 else rows.nan_to_num_(0, 1, 0)

    @property
    def is_opaque(self) -> bool:
        """Whether no background shines through anywhere."""
        return bool((self.pixels[..., 3] >= self.peak).all())

    def over(self, background: float, top: int, bottom: int) -> Tensor:
        """Rows as (3, h, W) in 0…1 composited over a gray: 1 is white, 0 black."""
        rows = self.unit(top, bottom).clamp_(0, 1)
        return rows[:3].mul_(rows[3]).add_(background * (1 - rows[3]))

    def over_white(self, top: int, bottom: int) -> Tensor:
        """Rows as (3, h, W) in 0…1 composited over white, the way datasets flatten transparent pictures."""
        return self.over(1.0, top, bottom)

    def weight(self, top: int, bottom: int) -> Tensor:
        """Rows as (1, h, W) in 0…1: how much of δ each pixel takes. 0 where alpha is 0 and where the mask is."""
        visible = torch.from_numpy(self.pixels[top:bottom, :, 3] > 0).float()[None]
        if self.mask is not None:
            visible *= torch.from_numpy(self.mask[top:bottom].astype(np.float32) / 255)[None]
        return visible

    def opacity(self, top: int, bottom: int) -> Tensor:
        """Rows as (1, h, W) in 0…1: how much of δ is seen over white, which is the weight times alpha."""
        return self.weight(top, bottom) * self.unit(top, bottom)[3:].clamp_(0, 1)

    def shaded(self, top: int, bottom: int, change: Tensor) -> np.ndarray:
        """Rows (h, W, 4) with ``change`` (3, h, W) added, rounded to the layer's own dtype.

        Integers are rounded up or down in a fine fixed pattern, so that a change of half a level stays half a level on
        average: plain rounding would lose it, or double it, over a whole flat area at once. Alpha is copied. No value
        leaves 0…1, and one that is outside already (in float layers) stays where it is.
        """
        rows = self.pixels[top:bottom].copy()
        step = change * self.weight(top, bottom) * self.peak
        if self.peak == 1:
            values = torch.from_numpy(rows[..., :3]).permute(2, 0, 1)
            moved = (values + step).clamp(0, 1)
            moved = torch.where((values >= 0) & (values <= 1) & (step != 0), moved, values)
        else:
            values = torch.from_numpy(rows[..., :3].astype(np.int32)).permute(2, 0, 1)
            whole = (step + _pattern(top, bottom, rows.shape[1])).floor_().int()
            moved = (values + whole).clamp_(0, self.peak)
        rows[..., :3] = moved.permute(1, 2, 0).numpy().astype(rows.dtype)
        return rows


def _pattern(top: int, bottom: int, width: int) -> Tensor:
    """(h, W) in 0…1, evenly spread: interleaved gradient noise (Jimenez, SIGGRAPH 2014), the same for all channels.

    It is below 1, so a change of 0 stays 0.
    """
    rows = (torch.arange(top, bottom, dtype=torch.float64) * 0.00583715).frac()[:, None]
    columns = (torch.arange(width, dtype=torch.float64) * 0.06711056).frac()
    return ((rows + columns).frac() * 52.9829189).frac().float().clamp_max(1 - 2**-12)


def _shrink(planes: Tensor, scales: tuple[float, float], height: int, width: int) -> Tensor:
    """(C, H, W) scaled by exactly ``scales``, antialiased bicubic, cut to (C, height, width); clamped to 0…1."""
    scales = (scales[0] * (1 + 1e-6), scales[1] * (1 + 1e-6))  # torch rounds down, and 511.9999 is meant as 512
    smaller = F.interpolate(planes[None], scale_factor=scales, mode="bicubic", antialias=True)[0]
    return smaller[:, :height, :width].clamp(0, 1)


def work_copy(picture: Canvas, height: int, width: int) -> tuple[Tensor, Tensor]:
    """The picture at the work size: colour over white (1, 3, h, w) and opacity of δ (1, 1, h, w), both in 0…1.

    Large layers are first averaged over whole blocks of pixels, a band at a time.
    """
    block = max(1, min(picture.size[0] // height, picture.size[1] // width) // 2)
    rows_at_once = max(block, BAND_ROWS // block * block)
    bands = []
    for top in range(0, picture.size[0], rows_at_once):
        bottom = min(picture.size[0], top + rows_at_once)
        planes = torch.cat([picture.over_white(top, bottom), picture.opacity(top, bottom)])
        if block > 1:
            missing = (-planes.shape[1] % block, -planes.shape[2] % block)
            planes = F.pad(planes[None], (0, missing[1], 0, missing[0]), mode="replicate")
            planes = F.avg_pool2d(planes, block)[0]
        bands.append(planes)
    # The blocks at the right and bottom edges may be partly padding, so the scale is given rather than the size.
    scales = (height * block / picture.size[0], width * block / picture.size[1])
    small = _shrink(torch.cat(bands, 1), scales, height, width)[None]
    return small[:, :3], small[:, 3:]
