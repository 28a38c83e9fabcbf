"""The embedded surrogate: a small encoder that ships with Belladonna and needs no download.

It is distilled (``daemon/training/distill.py``) from TAEF2, the tiny encoder of FLUX.2's latent space. Most of its
teacher's work happens at full resolution. Here a short *stem* halves the resolution at once; the *tail* has the
teacher's shape from there on and starts its training with the teacher's weights, so a step of the optimisation costs
half as much. The card beside the weights, ``embedded.md``, says what it achieves.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from .surrogate import Encoder
from .table import EMBEDDED, ENCODERS
from .taesd import TinyBlock

WEIGHTS = ENCODERS[EMBEDDED].path
REDUCTION = 8


@dataclass(frozen=True)
class Shape:
    """The network's sizes. ``depth`` is the number of blocks in the stem, at half resolution.

    In the tail: ``blocks`` at 1/2, 1/4 and 1/8, and ``pooled`` channels in the branch that sees the whole picture.
    """

    depth: int = 1
    channels: int = 64
    blocks: tuple[int, int, int] = (2, 3, 3)
    pooled: int = 256
    latent_channels: int = 32


class _Block(nn.Module):
    """``relu(x + conv(relu(conv(x))))``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.conv(x))


class EmbeddedEncoder(nn.Module):
    """(N, 3, H, W) in 0…1, sides multiples of 8 → (N, 32, H/8, W/8): TAEF2's latents, standardised per channel."""

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or Shape()
        channels = shape.channels
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(2),  # then a 3 × 3 kernel: a strided 5 × 5 on 3 channels is ten times as slow backwards
            nn.Conv2d(12, channels, 3, 1, 1),
            nn.ReLU(),
            *(_Block(channels) for _ in range(shape.depth)),
        )
        self.tail = nn.Sequential(
            *(TinyBlock(channels) for _ in range(shape.blocks[0])),
            nn.Conv2d(channels, channels, 3, 2, 1, bias=False),
            *(TinyBlock(channels) for _ in range(shape.blocks[1])),
            nn.Conv2d(channels, channels, 3, 2, 1, bias=False),
            *(TinyBlock(channels, shape.pooled) for _ in range(shape.blocks[2])),
            nn.Conv2d(channels, shape.latent_channels, 3, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Latents of a batch."""
        return self.tail(self.stem(x * 2 - 1))


def save(encoder: EmbeddedEncoder, path: Path, notes: dict[str, str]) -> None:
    """Write the weights in float16 with the network's shape and ``notes`` (all strings) in the header."""
    state = {key: value.half().contiguous() for key, value in encoder.state_dict().items()}
    save_file(state, path, {"shape": json.dumps(asdict(encoder.shape)), **notes})


def load(path: Path = WEIGHTS) -> EmbeddedEncoder:
    """The embedded surrogate in float32, evaluation mode, frozen. Raises ``OSError`` if the file can't be read."""
    with safe_open(path, "pt") as file:
        sizes: dict[str, Any] = json.loads(file.metadata()["shape"])
        state = {key: file.get_tensor(key).to(torch.float32) for key in file.keys()}  # noqa: SIM118
    sizes["blocks"] = tuple(sizes["blocks"])  # JSON knows only lists
    encoder = EmbeddedEncoder(Shape(**sizes))
    encoder.load_state_dict(state)
    return encoder.eval().requires_grad_(False)


def read(path: Path) -> Encoder:
    """The encoder in a file that ``save`` wrote. Raises as ``load``: the file ships, so an artist can't do anything."""
    return Encoder(load(path), REDUCTION, standardised=True)
