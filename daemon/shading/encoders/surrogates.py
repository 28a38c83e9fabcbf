"""Encoders that stand in for the model nobody knows yet.

The embedded one needs nothing but its weights. Others come from a folder as diffusers saves it (``AutoencoderKL``,
``AutoencoderTiny``, or a whole pipeline with a ``vae`` folder inside) or from a file of the TAESD family. diffusers
takes seconds to import, so it is imported only then.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..device import Device, channels_last
from ..errors import ShadingError
from . import embedded, taesd

EMBEDDED = "embedded"
_DIFFUSERS = ("AutoencoderKL", "AutoencoderTiny")


class Surrogate:
    """One encoder on one device; latents standardised per channel, so that encoders can be compared and added."""

    def __init__(self, name: str, module: nn.Module, multiple: int, device: Device) -> None:
        self.name, self.multiple, self.device = name, multiple, device
        self.module = module.eval().requires_grad_(False)
        self.module.to(device=device.torch, dtype=device.dtype)
        channels_last(self.module)
        self.mean, self.std = torch.zeros(1, device=device.torch), torch.ones(1, device=device.torch)

    def encode(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) in 0…1, any size → (N, C, ⌈H/f⌉, ⌈W/f⌉) float32. Differentiable in x."""
        x = F.pad(x, (0, -x.shape[3] % self.multiple, 0, -x.shape[2] % self.multiple), mode="replicate")
        x = x.to(self.device.torch, self.device.dtype).contiguous(memory_format=torch.channels_last)
        return (self.module(x).float() - self.mean) / self.std

    def standardise(self, pictures: Iterable[Tensor]) -> None:
        """Measure mean and deviation of each latent channel on pictures (1, 3, H, W)."""
        with torch.no_grad():
            latents = torch.cat([self.encode(picture).flatten(2) for picture in pictures], 2)
        self.mean = latents.mean(2)[..., None, None]
        self.std = latents.std(2).clamp_min(1e-6)[..., None, None]


class _Diffusers(nn.Module):
    """An autoencoder of diffusers as a plain encoder: pictures in 0…1 to the latents' mean."""

    def __init__(self, autoencoder: Any) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, x: Tensor) -> Tensor:
        encoded = self.autoencoder.encode(x * 2 - 1)
        return encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()


def _from_diffusers(folder: Path) -> tuple[nn.Module, int]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        kind = config.get("_class_name")
    except (OSError, ValueError, AttributeError) as error:
        raise ShadingError(
            "model_missing",
            f"{folder} holds no encoder: its config.json can't be read.",
            "Name a folder that diffusers saved, with config.json and the weights inside.",
        ) from error
    if kind not in _DIFFUSERS:
        known = " and ".join(_DIFFUSERS)
        raise ShadingError("unsupported", f"{folder} holds {kind or 'an unknown model'}.", f"Supported are {known}.")
    import diffusers

    try:
        autoencoder = getattr(diffusers, kind).from_pretrained(
            folder,
            local_files_only=True,
            low_cpu_mem_usage=False,  # which wants a package that isn't needed here
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise ShadingError(
            "model_missing", f"The weights in {folder} can't be loaded: {error}", "Download or save the model again."
        ) from error
    if hasattr(autoencoder, "decoder"):
        autoencoder.decoder = None  # only the encoder is used; half of the memory goes back
    return _Diffusers(autoencoder), 2 ** (len(config.get("block_out_channels", (0,) * 4)) - 1)


def load(path: str, device: Device, pictures: Callable[[], Iterable[Tensor]]) -> Surrogate:
    """The surrogate a path names, or the embedded one for ``EMBEDDED``.

    ``pictures`` gives what its latents are standardised on. Raises ``ShadingError`` with a sentence if it can't be
    loaded.
    """
    if path == EMBEDDED:
        return Surrogate(EMBEDDED, embedded.load(), 8, device)
    place = Path(os.path.expanduser(path))
    if not os.path.exists(place):
        raise ShadingError("model_missing", f"There is no surrogate at {place}.", "Check the path.")
    if place.is_dir():
        folder = place / "vae" if (place / "vae" / "config.json").is_file() else place
        module, multiple = _from_diffusers(folder)
    else:
        try:
            module = taesd.load(place)
            multiple = 32 // module(torch.zeros(1, 3, 32, 32)).shape[3]
        except Exception as error:  # torch raises many kinds for a file that is not a checkpoint
            hint = "Name a file like taef2_encoder.pth."
            raise ShadingError("model_missing", f"{place} is not an encoder of the TAESD family.", hint) from error
    surrogate = Surrogate(str(place), module, multiple, device)
    surrogate.standardise(pictures())
    return surrogate
