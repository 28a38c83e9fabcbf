"""The two latent spaces a replica can live in, and the latents of clean pictures, made once.

TAEF2 imitates FLUX.2's: 64 px give 8 × 8 × 32. TAESANA imitates Sana's, which is 32 times smaller: pictures are
enlarged to 256 px first and give 8 × 8 × 32 as well. TAESANA has no decoder, so it is judged in latent space only.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.proof.data import SIDE, Pictures, unit
from tests.proof.places import MODELS, device, keep, needed
from tests.proof.shading import TinyBlock, encoder

SPACES = ("taef2", "taesana")
SHAPE = (32, 8, 8)  # channels, rows, columns of what a replica learns
SIDES = {"taef2": SIDE, "taesana": 256}  # pixels that pictures are brought to before they are encoded


class _Clamp(nn.Module):
    """Keeps latents within ±3, as the decoders of the TAESD family expect."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x / 3) * 3


def _decoder(state: dict[str, Tensor]) -> nn.Sequential:
    """A TAESD-family decoder, rebuilt from its state dict alone: latents → (N, 3, 8h, 8w), about 0…1."""
    layers: list[nn.Module] = [_Clamp()]
    last = max(int(key.split(".")[0]) for key in state)
    for index in range(1, last + 1):
        if f"{index}.weight" in state:
            weight = state[f"{index}.weight"]
            layers.append(nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1, bias=f"{index}.bias" in state))
        elif f"{index}.conv.0.weight" in state:
            pool = state.get(f"{index}.pool.0.weight")
            layers.append(TinyBlock(state[f"{index}.conv.0.weight"].shape[0], 0 if pool is None else pool.shape[0]))
        else:  # layers without parameters leave a gap in the numbering: one ReLU after the stem, then enlargements
            layers.append(nn.ReLU() if index == 2 else nn.Upsample(scale_factor=2))
    decoder = nn.Sequential(*layers)
    decoder.load_state_dict(state)
    return decoder


class Space:
    """A latent space, standardised per channel on clean training pictures."""

    def __init__(self, name: str, models: Path = MODELS) -> None:
        """Raises ``Missing`` where the weights aren't."""
        self.name, self.device, self.side = name, device(), SIDES[name]
        self.path = needed(models / f"{name}_encoder.pth", f"the weights of the encoder {name}")
        self.encoder = encoder(self.path).to(self.device).requires_grad_(False)
        self.mean = torch.zeros(1, SHAPE[0], 1, 1, device=self.device)
        self.std = torch.ones(1, SHAPE[0], 1, 1, device=self.device)
        decoder = models / f"{name}_decoder.pth"
        self._decoder = None
        if decoder.exists():
            state = torch.load(decoder, map_location="cpu", weights_only=True)
            self._decoder = _decoder(state).to(self.device).eval().requires_grad_(False)

    @property
    def decodes(self) -> bool:
        """Whether latents can be turned back into pixels."""
        return self._decoder is not None

    def encode(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) in 0…1 → standardised latents, float32; 64-px pictures give ``SHAPE``. Differentiable.

        Pictures of 64 px are enlarged first, where the space needs larger ones.
        """
        x = x.to(self.device)
        if x.shape[-1] == SIDE:
            x = self._enlarged(x)
        with torch.autocast(self.device.type, torch.bfloat16):
            raw = self.encoder(x.contiguous(memory_format=torch.channels_last))
        return (raw.float() - self.mean) / self.std

    def _enlarged(self, x: Tensor) -> Tensor:
        size = (self.side, self.side)
        return x if self.side == SIDE else F.interpolate(x, size, mode="bicubic", align_corners=False).clamp(0, 1)

    def enlarged(self, pictures: Tensor) -> Tensor:
        """(N, 3, 64, 64) uint8 → (N, 3, side, side) uint8: what an attack in this space begins with."""
        return pictures if self.side == SIDE else (self._enlarged(unit(pictures)) * 255).round().byte()

    def standardise(self, pictures: Tensor) -> None:
        """Measure mean and deviation of each channel on pictures (N, 3, H, W) uint8 instead."""
        self.mean, self.std = torch.zeros_like(self.mean), torch.ones_like(self.std)
        flat = self.encode_all(pictures).movedim(1, 0).flatten(1).to(self.device)
        self.mean, self.std = (found[None, :, None, None] for found in (flat.mean(1), flat.std(1)))

    @torch.no_grad()
    def encode_all(self, pictures: Tensor, batch: int = 100) -> Tensor:
        """(N, 3, H, W) uint8 → standardised latents in float32, on the processor."""
        return torch.cat([self.encode(unit(part)).cpu() for part in pictures.split(batch)])

    @torch.no_grad()
    def decode(self, latents: Tensor, batch: int = 64) -> Tensor:
        """Standardised latents (N, 32, h, w) → pictures (N, 3, 8h, 8w) in 0…1, on the processor."""
        assert self._decoder is not None, f"{self.name} has no decoder"
        parts = []
        for part in latents.split(batch):
            raw = part.to(self.device) * self.std + self.mean
            with torch.autocast(self.device.type, torch.bfloat16):
                parts.append(self._decoder(raw.contiguous(memory_format=torch.channels_last)).float().clamp(0, 1).cpu())
        return torch.cat(parts)


def both_ways(pictures: Tensor) -> Tensor:
    """(N, …, W) → (N, 2, …, W): each picture as it is and mirrored."""
    return torch.stack([pictures, pictures.flip(-1)], 1)


def open_space(name: str, pictures: Pictures, cache: Path) -> tuple[Space, Tensor]:
    """The standardised space, and the clean training latents (classes, 500, 2 mirrorings, 32, 8, 8) in float16."""
    space, kept = Space(name), cache / f"latents-{name}.pt"
    if not kept.exists():
        raw = []
        for number, of_class in enumerate(pictures.train):
            raw.append(space.encode_all(both_ways(of_class).flatten(0, 1)).unflatten(0, (-1, 2)).half())
            print(f"{name}: latents of class {number + 1} of {len(pictures.names)}", flush=True)
        latents = torch.stack(raw)
        flat = latents.float().movedim(3, 0).flatten(1)
        keep({"latents": latents, "mean": flat.mean(1), "std": flat.std(1)}, kept)
    found = torch.load(kept, weights_only=True)
    mean, std = (found[key][None, :, None, None] for key in ("mean", "std"))
    space.mean, space.std = mean.to(space.device), std.to(space.device)
    return space, ((found["latents"].float() - mean) / std).half()
