"""Encoders of the TAESD family, rebuilt from their state dict alone.

TAESD (Ollin Boer Bohan, MIT) is a 1.2 M parameter stand-in for the VAE encoder of a latent diffusion model. One
architecture, a plain ``nn.Sequential``, exists for the latent spaces of SD 1/2, SDXL, SD3, FLUX.1, FLUX.2 and Sana.
Its checkpoints number the layers, and the numbers say which layer is where. diffusers' ``AutoencoderTiny`` knows
neither the pooled branch of the FLUX.2 variant nor the 32-fold reduction of the Sana variant; this module knows both.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from shared.problem import Problem
from shared.protocol.messages import Code

from .surrogate import Encoder


class TinyBlock(nn.Module):
    """Residual block: ``relu(x + conv(relu(conv(relu(conv(x))))))``, 64 channels throughout.

    With ``pooled``, a first branch sees the whole picture through a group normalisation over 4 groups.
    """

    def __init__(self, channels: int, pooled: int = 0) -> None:
        super().__init__()
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
        self.conv = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → the same shape."""
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(x + self.conv(x))


def build(state: dict[str, Tensor]) -> nn.Sequential:
    """The encoder that a state dict was saved from: (N, 3, H, W) in 0…1 → (N, C, H/f, W/f), raw latents.

    ``f`` is 8 or 32. Raises ``ValueError`` if the keys are not those of this family.
    """
    indices = sorted({int(key.split(".")[0]) for key in state if key.split(".")[0].isdigit()})
    if not indices or "0.weight" not in state or indices[0] != 0:
        raise ValueError("These weights are not a TAESD-family encoder.")
    layers: list[nn.Module] = []
    for index in range(indices[-1] + 1):
        if index not in indices:
            layers.append(nn.ReLU())  # parameter-free layers leave a gap in the numbering
        elif f"{index}.weight" in state:
            weight = state[f"{index}.weight"]
            # The FLUX-style stem keeps the size; the 32-fold stem halves it twice, with biases. After that the
            # convolutions without a bias are the strided ones.
            fast_stem = 1 not in indices and index in (0, 2)
            stride = 2 if fast_stem or f"{index}.bias" not in state else 1
            bias = f"{index}.bias" in state
            layers.append(nn.Conv2d(weight.shape[1], weight.shape[0], 3, stride, 1, bias=bias))
        else:
            channels = state[f"{index}.conv.0.weight"].shape[0]
            pool = state.get(f"{index}.pool.0.weight")
            layers.append(TinyBlock(channels, 0 if pool is None else pool.shape[0]))
    encoder = nn.Sequential(*layers)
    encoder.load_state_dict(state)
    return encoder


def load(path: Path) -> nn.Sequential:
    """Load an encoder saved as ``*_encoder.pth`` or ``*.safetensors``; float32, evaluation mode, frozen.

    Raises ``ValueError`` with a sentence if the file holds something else, ``OSError`` if it can't be read.
    """
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        state = load_file(path)
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
    return build(state).float().eval().requires_grad_(False)


def read(path: Path) -> Encoder:
    """The encoder in a file. Raises ``Problem`` if it holds anything else."""
    try:
        module = load(path)
        multiple = 32 // module(torch.zeros(1, 3, 32, 32)).shape[3]
    except Exception as error:  # torch raises many kinds for a file that is not a checkpoint
        raise Problem("engine.no_taesd_encoder", Code.MODEL_MISSING, path=path) from error
    return Encoder(module, multiple)
