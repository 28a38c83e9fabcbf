"""Layers and pictures that tests make themselves."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

SCALES = {"uint8": 1, "uint16": 257, "float32": 1 / 255}


def layer(rgb: np.ndarray, alpha: np.ndarray | int = 255, dtype: str = "uint8") -> np.ndarray:
    """(H, W, 3) uint8 and an alpha of 0…255 → (H, W, 4) RGBA of the dtype, the same picture in each of them."""
    planes = np.dstack([rgb, np.broadcast_to(np.asarray(alpha, np.uint8), rgb.shape[:2])])
    return (planes.astype(np.float64) * SCALES[dtype]).astype(dtype)


def ramp(height: int, width: int) -> np.ndarray:
    """(H, W, 3) uint8: grey, black on the left to white on the right."""
    grey = np.linspace(0, 255, width).round().astype(np.uint8)
    return np.broadcast_to(grey[None, :, None], (height, width, 3)).copy()


def waves(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(H, W, 3) uint8: smooth colours with some grain, different for each seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    planes = []
    for _ in range(3):
        down, across, phase = rng.uniform((0.02, 0.02, 0), (0.2, 0.2, 6))
        planes.append(128 + 90 * np.sin(down * y + across * x + phase) + rng.normal(0, 6, (height, width)))
    return np.dstack(planes).clip(0, 255).astype(np.uint8)


def disc(height: int, width: int) -> np.ndarray:
    """(H, W) uint8: 255 in the middle, 0 toward the corners, every value between them on the edge."""
    y, x = np.mgrid[:height, :width]
    radius = np.hypot((y + 0.5) / height - 0.5, (x + 0.5) / width - 0.5)
    return ((0.5 - radius) / 0.2 * 255).clip(0, 255).astype(np.uint8)


def jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    """(H, W, 3) uint8 through Pillow's JPEG, 4:2:0 as by default."""
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=quality)
    with Image.open(file) as picture:
        return np.array(picture)


def unit(rgb: np.ndarray) -> Tensor:
    """(H, W, 3) uint8 → (1, 3, H, W) float32 in 0…1."""
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255
