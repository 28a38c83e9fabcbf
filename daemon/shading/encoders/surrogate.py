"""A surrogate: an encoder on a device, ready to be compared with others and added to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..device import Device, channels_last


class Encoder(NamedTuple):
    """An encoder as it comes from its files, in float32 on the processor.

    ``module`` maps (N, 3, H, W) in 0…1, sides multiples of ``multiple``, to latents (N, C, H/f, W/f). ``standardised``:
    they already have mean 0 and deviation 1 in each channel.
    """

    module: nn.Module
    multiple: int
    standardised: bool = False


class Surrogate:
    """One encoder on one device; latents standardised per channel, so that encoders can be compared and added."""

    def __init__(self, name: str, module: nn.Module, multiple: int, device: Device, weight: float = 1.0) -> None:
        """``weight``: how much it counts beside others, above 0."""
        self.name, self.multiple, self.device, self.weight = name, multiple, device, weight
        self.module, self.dtype = module.eval().requires_grad_(False), device.dtype
        self.module.to(device=device.torch, dtype=self.dtype)
        channels_last(self.module)
        self.mean, self.std = torch.zeros(1, device=device.torch), torch.ones(1, device=device.torch)

    @property
    def bytes(self) -> int:
        """What its weights take of the device's memory."""
        return sum(tensor.nbytes for tensor in itertools.chain(self.module.parameters(), self.module.buffers()))

    def encode(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) in 0…1, any size → (N, C, ⌈H/f⌉, ⌈W/f⌉) float32. Differentiable in x."""
        x = F.pad(x, (0, -x.shape[3] % self.multiple, 0, -x.shape[2] % self.multiple), mode="replicate")
        x = x.to(self.device.torch, self.dtype).contiguous(memory_format=torch.channels_last)
        return (self.module(x).float() - self.mean) / self.std

    def standardise(self, pictures: Iterable[Tensor]) -> None:
        """Measure mean and deviation of each latent channel on pictures (1, 3, H, W).

        What some encoders make inside is too large for float16, in which they weren't trained; SDXL's is known for it.
        Such a one runs in float32 from here on.
        """
        pictures = list(pictures)
        latents = self._latents(pictures)
        if self.dtype == torch.float16 and not bool(latents.isfinite().all()):
            self.dtype = torch.float32
            self.module.to(dtype=self.dtype)
            latents = self._latents(pictures)
        self.mean = latents.mean(2)[..., None, None]
        self.std = latents.std(2).clamp_min(1e-6)[..., None, None]

    @torch.no_grad()
    def _latents(self, pictures: Iterable[Tensor]) -> Tensor:
        """(1, C, N): all latents of all pictures."""
        return torch.cat([self.encode(picture).flatten(2) for picture in pictures], 2)
