"""The judge of pixels: an ImageNet network's features, and on them a linear layer trained on clean decoded latents."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.proof.judging.latent import Reader
from tests.proof.judging.readers import features
from tests.proof.latents import Space
from tests.proof.places import keep

SIDE = 128  # pixels at which pictures of 64 px are shown to the network
PICTURES = 500  # of each class that the layer is trained on
STEPS = 400
BATCH = 50


def train(space: Space, latents: Tensor, checkpoint: Path, pictures: int = PICTURES) -> Reader:
    """``latents`` (classes, pictures, 2 mirrorings, 32, 8, 8) of clean pictures → the judge of latents once decoded."""
    torch.manual_seed(0)
    extract = features(SIDE)

    def seen(z: Tensor) -> Tensor:
        return torch.cat([extract(space.decode(part.float())) for part in z.split(BATCH)])

    if not checkpoint.exists():
        rows = []
        for number, of_class in enumerate(latents):
            rows.append(seen(of_class[:pictures, 0]))
            print(f"judge of pixels: features of class {number + 1} of {len(latents)}", flush=True)
        x, classes = torch.cat(rows), len(latents)
        labels = torch.arange(classes).repeat_interleave(len(rows[0]))
        mean, std = x.mean(0), x.std(0).clamp_min(1e-6)
        head = nn.Linear(x.shape[1], classes)
        optimiser = torch.optim.AdamW(head.parameters(), 2e-3, weight_decay=0.1)
        for _ in range(STEPS):
            drawn = torch.randint(len(x), (512,))
            loss = F.cross_entropy(head((x[drawn] - mean) / std), labels[drawn], label_smoothing=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        keep(
            {"weight": head.weight.detach() / std, "bias": head.bias.detach() - head.weight.detach() @ (mean / std)},
            checkpoint,
        )
    layer = torch.load(checkpoint, weights_only=True)

    def read(z: Tensor) -> Tensor:
        return F.linear(seen(z), layer["weight"], layer["bias"]).softmax(1)

    return read
