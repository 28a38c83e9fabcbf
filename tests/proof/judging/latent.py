"""The judge of latents: a small residual network trained on clean latents only."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.proof.latents import SHAPE
from tests.proof.places import device, keep

BATCH = 128
RATE = 2e-3
SMOOTHING = 0.1
NOISE = 0.4  # of latents' deviation, at most
HOLE = 3  # latent pixels, both ways
Reader = Callable[[Tensor], Tensor]  # (N, …) → probabilities of the classes (N, classes), on the processor


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


def _network(classes: int) -> nn.Sequential:
    def stage(before: int, after: int, stride: int) -> list[nn.Module]:
        convolution = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        return [convolution, nn.BatchNorm2d(after), nn.ReLU(), _Residual(after)]

    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(192, classes)]
    return nn.Sequential(*stage(SHAPE[0], 96, 1), *stage(96, 192, 2), *head)


def _shaken(latents: Tensor, generator: torch.Generator) -> Tensor:
    """Moved by up to one latent pixel, noisy and with a hole, so that the judge learns what things look like.

    Never blended with one another: how a judge reads a blend must not be what it was taught about blends.
    """
    top, left = (int(torch.randint(3, (1,), generator=generator)) for _ in range(2))
    moved = F.pad(latents, (1, 1, 1, 1), mode="replicate")[..., top : top + SHAPE[1], left : left + SHAPE[2]]
    strength = torch.rand(len(moved), 1, 1, 1, generator=generator) * NOISE
    moved = moved + strength * torch.randn(moved.shape, generator=generator)
    rows, columns = (torch.randint(1 - HOLE, size, (len(moved), 1, 1), generator=generator) for size in SHAPE[1:])
    down, across = torch.arange(SHAPE[1])[:, None], torch.arange(SHAPE[2])
    hole = (down >= rows) & (down < rows + HOLE) & (across >= columns) & (across < columns + HOLE)
    return moved.masked_fill(hole[:, None], 0.0)


def train(latents: Tensor, epochs: int, checkpoint: Path) -> Reader:
    """``latents`` (classes, pictures, 2 mirrorings, 32, 8, 8) of clean pictures → the judge. Kept in ``checkpoint``."""
    torch.manual_seed(0)
    on, classes = device(), len(latents)
    network = _network(classes).to(on)
    if checkpoint.exists():
        network.load_state_dict(torch.load(checkpoint, map_location=on, weights_only=True))
        return _reader(network)
    flat = latents.flatten(0, 1)
    labels = torch.arange(classes).repeat_interleave(latents.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    generator, steps = torch.Generator().manual_seed(0), epochs * (len(flat) // BATCH)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = (
            RATE * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        )
        drawn = torch.randint(len(flat), (BATCH,), generator=generator)
        mirrored = torch.randint(2, (BATCH,), generator=generator)
        x = _shaken(flat[drawn, mirrored].float(), generator).to(on).contiguous(memory_format=torch.channels_last)
        with torch.autocast(on.type, torch.bfloat16):
            answer = network(x)
        loss = F.cross_entropy(answer.float(), labels[drawn].to(on), label_smoothing=SMOOTHING)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        if (step + 1) % 200 == 0:
            print(f"judge of latents: step {step + 1}/{steps}, loss {float(loss.detach()):.3f}", flush=True)
    keep(network.state_dict(), checkpoint)
    return _reader(network)


def _reader(network: nn.Module) -> Reader:
    network.eval().requires_grad_(False)
    on = next(network.parameters()).device

    @torch.no_grad()
    def read(latents: Tensor) -> Tensor:
        parts = [network(part.float().to(on)).softmax(1).cpu() for part in latents.split(500)]
        return torch.cat(parts)

    return read
