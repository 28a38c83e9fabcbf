"""The replica: a class-conditional transformer that learns to make latents, as the large text-to-image models do.

Rectified flow (Liu et al. 2022; Esser et al. 2024): with noise n and data z the point at time t is x = (1 − t) n + t z,
and the model learns its velocity z − n = (z − x) / (1 − t). What the network itself says is z (Li and He 2025, "Back to
basics"), so that a narrow one needn't carry all of the noise through its layers. Blocks are those of DiT (Peebles and
Xie 2022): attention and a perceptron, both scaled, shifted and gated by time and class.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.proof.latents import SHAPE

PATCH = 2
TOKENS = SHAPE[1] * SHAPE[2] // PATCH**2
TOKEN = SHAPE[0] * PATCH**2
HEAD = 64  # channels of each attention head
NEAREST = 0.05  # to the end of time: nearer the velocity would be a quotient of two very small numbers
FREQUENCIES = 64  # of the embedding of time


def patches(latents: Tensor) -> Tensor:
    """(N, 32, 8, 8) → (N, 16 tokens, 128)."""
    return F.pixel_unshuffle(latents, PATCH).flatten(2).transpose(1, 2)


def unpatched(tokens: Tensor) -> Tensor:
    """(N, 16, 128) → (N, 32, 8, 8)."""
    rows, columns = SHAPE[1] // PATCH, SHAPE[2] // PATCH
    return F.pixel_shuffle(tokens.transpose(1, 2).unflatten(2, (rows, columns)), PATCH)


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = max(1, width // HEAD)
        self.attend, self.attended = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        count, tokens, width = x.shape
        shift, scale, gate, shift2, scale2, gate2 = self.modulation(condition)[:, None].chunk(6, -1)
        y = F.layer_norm(x, (width,)) * (1 + scale) + shift
        q, k, v = self.attend(y).view(count, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(count, tokens, width)
        x = x + gate * self.attended(y)
        y = F.layer_norm(x, (width,)) * (1 + scale2) + shift2
        return x + gate2 * self.narrow(F.gelu(self.widen(y), approximate="tanh"))


class Flow(nn.Module):
    """Velocity of latents (N, 32, 8, 8) at times (N,) in 0…1 for classes (N,); class ``classes`` stands for none."""

    def __init__(self, width: int, depth: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.enter, self.leave = nn.Linear(TOKEN, width), nn.Linear(width, TOKEN)
        self.places = nn.Parameter(torch.randn(TOKENS, width) * 0.02)
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.names = nn.Embedding(classes + 1, width)
        nn.init.normal_(self.names.weight, std=0.3)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(depth))
        self.last = nn.Linear(width, 2 * width)
        for layer in (self.leave, self.last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, latents: Tensor, time: Tensor, classes: Tensor) -> Tensor:
        rates = torch.exp(torch.linspace(0, math.log(1000), FREQUENCIES, device=time.device))
        angles = time[:, None] * rates
        condition = F.silu(self.time(torch.cat([angles.cos(), angles.sin()], 1)) + self.names(classes))
        x = self.enter(patches(latents)) + self.places
        for block in self.blocks:
            x = block(x, condition)
        shift, scale = self.last(condition)[:, None].chunk(2, -1)
        clean = unpatched(self.leave(F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift))
        return (clean - latents) / (1 - time).clamp_min(NEAREST)[:, None, None, None]
