"""The embedded surrogate: a small encoder that ships with Belladonna and needs no download.

It was distilled (``distill.py``) from TAEF2, the tiny encoder of FLUX.2's latent space. Compared with its teacher it
halves the picture in its very first layer, so a step of the attack costs a sixth, and the change it asks for is
smooth enough to survive JPEG and downscaling. What it reaches is written in the card beside its weights.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

WEIGHTS = Path(__file__).with_name("embedded.safetensors")


@dataclass(frozen=True)
class Shape:
    """Sizes of the network. ``widths`` are channels at 1/2, 1/4 and 1/8 of the picture; ``depths`` blocks there."""

    widths: tuple[int, int, int] = (32, 64, 128)
    depths: tuple[int, int, int] = (0, 1, 3)
    pooled: int = 64
    latent_channels: int = 32


class _Block(nn.Module):
    """``x + conv(relu(conv(x)))``, after a branch that sees the whole picture if ``pooled``, as in the teacher."""

    def __init__(self, channels: int, pooled: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        self.pool = (
            nn.Sequential(
                nn.Conv2d(channels, pooled, 1, bias=False),
                nn.GroupNorm(4, pooled),
                nn.ReLU(),
                nn.Conv2d(pooled, channels, 1, bias=False),
            )
            if pooled
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(x + self.conv(x))


class EmbeddedEncoder(nn.Module):
    """(N, 3, H, W) in 0…1 → (N, 32, H/8, W/8): TAEF2's latents, standardised per channel."""

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape or Shape()
        layers: list[nn.Module] = []
        channels = 3
        for level, (width, depth) in enumerate(zip(self.shape.widths, self.shape.depths, strict=True)):
            layers += [nn.Conv2d(channels, width, 3, 2, 1), nn.ReLU()]
            pooled = self.shape.pooled if level == 2 else 0
            layers += [_Block(width, pooled) for _ in range(depth)]
            channels = width
        layers.append(nn.Conv2d(channels, self.shape.latent_channels, 3, padding=1))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x * 2 - 1)


def save(encoder: EmbeddedEncoder, path: Path, notes: dict[str, str]) -> None:
    """Write the weights in float16 with the network's shape and ``notes`` (all strings) in the header."""
    state = {key: value.half().contiguous() for key, value in encoder.state_dict().items()}
    save_file(state, path, {"shape": json.dumps(asdict(encoder.shape)), **notes})


def load(path: Path = WEIGHTS) -> EmbeddedEncoder:
    """The embedded surrogate in float32, evaluation mode, frozen. Raises ``OSError`` if the file can't be read."""
    with safe_open(path, "pt") as file:
        sizes = json.loads(file.metadata()["shape"])
        state = {key: file.get_tensor(key).to(torch.float32) for key in file.keys()}  # noqa: SIM118
    shape = Shape(**{key: tuple(value) if isinstance(value, list) else value for key, value in sizes.items()})
    encoder = EmbeddedEncoder(shape)
    encoder.load_state_dict(state)
    return encoder.eval().requires_grad_(False)
