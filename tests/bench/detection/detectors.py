"""Ways to tell shaded pictures from clean ones: statistics that need no training, and a small network that does.

A detector gives crops (N, H, W, 3) uint8 → N scores, higher for "shaded".
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from tests.bench.detection.pairs import Pairs
from tests.proof.places import device

Detector = Callable[[np.ndarray], np.ndarray]
BATCH = 8  # pairs
WINDOW = 96  # pixels: training sees windows of the crops, judging whole crops
LEVELS = 8.0  # of 255: a change of so much is 1 for the network


def _planes(crops: np.ndarray) -> Tensor:
    return torch.from_numpy(crops).permute(0, 3, 1, 2).float()


def _residual(planes: Tensor) -> Tensor:
    """What a 3 × 3 mean takes away, in levels."""
    return planes - F.avg_pool2d(F.pad(planes, (1, 1, 1, 1), mode="replicate"), 3, 1)


def high_pass(crops: np.ndarray) -> np.ndarray:
    """The mean size of the high-pass residual."""
    return _residual(_planes(crops)).abs().mean((1, 2, 3)).numpy()


def smooth_noise(crops: np.ndarray) -> np.ndarray:
    """The residual in the fifth of the 8 × 8 blocks that are smoothest when seen from afar."""
    planes = _planes(crops)
    size = F.avg_pool2d(_residual(planes).abs().mean(1, keepdim=True), 8).flatten(1)
    coarse = F.avg_pool2d(planes.mean(1, keepdim=True), 4)
    mean, square = F.avg_pool2d(coarse, 2), F.avg_pool2d(coarse**2, 2)
    smoothest = (square - mean**2).flatten(1).argsort(1)[:, : size.shape[1] // 5]
    return size.gather(1, smoothest).mean(1).numpy()


def colour_noise(crops: np.ndarray) -> np.ndarray:
    """The share of the residual that is a difference between red and blue."""
    residual = _residual(_planes(crops))
    colour = (residual[:, 0] - residual[:, 2]).abs().mean((1, 2))
    return (colour / residual.abs().mean((1, 2, 3)).clamp_min(1e-3)).numpy()


def unlike_neighbours(crops: np.ndarray) -> np.ndarray:
    """The share of pixels that differ from the one to the right: digital art has few, until it is shaded."""
    return (crops[:, :, 1:] != crops[:, :, :-1]).any(-1).mean((1, 2))


STATISTICS: dict[str, Detector] = {
    "high-pass residual": high_pass,
    "residual where it is smooth": smooth_noise,
    "colour in the residual": colour_noise,
    "pixels unlike their neighbour": unlike_neighbours,
}


def as_jpeg(crops: np.ndarray, quality: int) -> np.ndarray:
    """The crops after a round trip through JPEG."""
    out = np.empty_like(crops)
    for index, crop in enumerate(crops):
        buffer = io.BytesIO()
        Image.fromarray(crop).save(buffer, "JPEG", quality=quality)
        out[index] = np.asarray(Image.open(buffer))
    return out


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(8, outputs), nn.SiLU())


class Shed(nn.Module):
    """Paints the change that it suspects and says whether there is one: the idea of LightShed (USENIX Security 2025).

    A U-shaped network of 1.5 M parameters, which is given the high-pass residual beside the picture. (N, 3, H, W) in
    0…255, sides a multiple of 16 → ((N, 3, H, W): the change, 1 for ``LEVELS``; (N,): log-odds of "shaded").
    """

    def __init__(self) -> None:
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(6, 48, 4, 2, 1), nn.SiLU())
        self.down = nn.ModuleList([stem, _layer(48, 96, 2), _layer(96, 192, 2), _layer(192, 256, 2)])
        self.deep = _layer(256, 192)
        self.up = nn.ModuleList([_layer(192 + 192, 96), _layer(96 + 96, 48), _layer(48 + 48, 32)])
        self.change = nn.Sequential(nn.Conv2d(32, 12, 3, 1, 1), nn.PixelShuffle(2))
        self.verdict = nn.Linear(192 + 32 + 48, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        x = torch.cat([pictures / 127.5 - 1, _residual(pictures) / LEVELS], 1)
        passed: list[Tensor] = []
        for layer in self.down:
            x = layer(x)
            passed.append(x)
        x = self.deep(x)
        seen = [x.mean((2, 3)), passed[0].mean((2, 3))]
        for layer, skip in zip(self.up, reversed(passed[:-1]), strict=True):
            x = layer(torch.cat([F.interpolate(x, scale_factor=2.0), skip], 1))
        return self.change(x), self.verdict(torch.cat([*seen, x.mean((2, 3))], 1))[:, 0]

    def detector(self) -> Detector:
        """The network's log-odds."""

        on = _device_of(self)

        def score(crops: np.ndarray) -> np.ndarray:
            with torch.no_grad(), torch.autocast(on.type, torch.bfloat16):
                parts = [self(_planes(part).to(on))[1].float() for part in np.array_split(crops, len(crops) // 16 + 1)]
            return torch.cat(parts).cpu().numpy()

        return score


def _device_of(net: nn.Module) -> torch.device:
    return next(net.parameters()).device


def _windows(pairs: Pairs, index: int, rng: np.random.Generator) -> np.ndarray:
    """(2, WINDOW, WINDOW, 3): the same window of a clean crop and its shaded one, half of them as JPEG, or turned."""
    top, left = (int(rng.integers(0, side - WINDOW + 1)) for side in pairs.clean.shape[1:3])
    both = np.stack([pairs.clean[index], pairs.shaded[index]])[:, top : top + WINDOW, left : left + WINDOW]
    if rng.random() < 0.5:
        both = both[:, :, ::-1]
    return as_jpeg(both, int(rng.integers(70, 96))) if rng.random() < 0.5 else np.ascontiguousarray(both)


def train(found: Sequence[Pairs], epochs: int, kept: Path) -> Shed:
    """Train on the pairs; after each epoch the state goes to ``kept``, where another run goes on.

    The change that it learns to paint is that of the window as it sees it, so after JPEG what JPEG left of it.
    """
    torch.manual_seed(0)
    places = [(pairs, index) for pairs in found for index in range(len(pairs.clean))]
    net, batches = Shed().to(device()), max(1, len(places) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters())
    parts, done = (net, optimiser), 0
    if kept.exists():
        state = torch.load(kept, map_location=device(), weights_only=True)
        done = state["epochs"]
        for part, each in zip(parts, state["parts"], strict=True):
            part.load_state_dict(each)
    for epoch in range(done, epochs):
        rng, losses = np.random.default_rng(epoch), 0.0
        order = rng.permutation(len(places))[: batches * BATCH].reshape(batches, -1)
        for number, batch in enumerate(order):
            optimiser.param_groups[0]["lr"] = _rate((epoch + number / batches) / epochs)
            both = np.stack([_windows(*places[int(place)], rng) for place in batch], axis=1)
            losses += _step(net, optimiser, both)
        half = kept.with_suffix(".part")
        torch.save({"epochs": epoch + 1, "parts": [part.state_dict() for part in parts]}, half)
        os.replace(half, kept)
        print(f"epoch {epoch + 1} of {epochs}: loss {losses / batches:.3f}", flush=True)
    return net.eval()


def _rate(done: float) -> float:
    """The learning rate after a share of the training: rising over its first tenth, then falling to nothing."""
    return 2e-3 * min(1.0, 0.1 + 9 * done) * (1 + math.cos(math.pi * done)) / 2


def _step(net: Shed, optimiser: torch.optim.Optimizer, both: np.ndarray) -> float:
    """One step on clean and shaded windows, (2, n, H, W, 3). The loss."""
    on = _device_of(net)
    clean, shaded = (_planes(each).to(on) for each in both)
    change = torch.cat([torch.zeros_like(clean), shaded - clean]) / LEVELS
    answer = torch.cat([torch.zeros(len(clean)), torch.ones(len(clean))]).to(on)
    with torch.autocast(on.type, torch.bfloat16):
        painted, odds = net(torch.cat([clean, shaded]).contiguous(memory_format=torch.channels_last))
    loss = F.binary_cross_entropy_with_logits(odds.float(), answer) + F.l1_loss(painted.float(), change)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return float(loss.detach())
