"""Encoders with random weights in the sizes of the real ones: what a step costs doesn't depend on the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from daemon.shading.encoders import diffusers as folders
from daemon.shading.encoders import embedded, taesd
from daemon.shading.encoders.surrogate import Encoder
from tests.daemon.random_encoders import taef2_state, taesana_state, taesd_state

KL: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
}
SANA: dict[str, Any] = {
    "encoder_block_types": ("ResBlock",) * 3 + ("EfficientViTBlock",) * 3,
    "encoder_block_out_channels": (128, 256, 512, 512, 1024, 1024),
    "encoder_layers_per_block": (2, 2, 2, 3, 3, 3),
    "encoder_qkv_multiscales": ((),) * 3 + ((5,),) * 3,
    "downsample_block_type": "Conv",
    "latent_channels": 32,
}


def _tiny(state: Callable[[], dict[str, Tensor]], multiple: int) -> Callable[[], Encoder]:
    return lambda: Encoder(taesd.build(state()), multiple)


def _folder(kind: str, **sizes: Any) -> Callable[[], Encoder]:
    """An encoder of diffusers, built without memory for the decoder, as the product reads it."""

    def build() -> Encoder:
        import diffusers

        with torch.device("meta"):
            encoder = folders.encoder_of(getattr(diffusers, kind)(**sizes))
        return encoder._replace(module=_random(encoder.module.to_empty(device="cpu")))

    return build


def _random(module: nn.Module) -> nn.Module:
    """Weights that neither blow up nor fade out what passes through; in place."""
    torch.manual_seed(0)
    for name, weight in module.named_parameters():
        if weight.dim() > 1 and weight[0].numel() > 1:
            nn.init.normal_(weight, 0, weight[0].numel() ** -0.5)
        else:
            nn.init.constant_(weight, 0 if name.endswith("bias") else 1)
    return module


ENCODERS: dict[str, tuple[str, Callable[[], Encoder]]] = {
    "embedded": ("EmbeddedEncoder", lambda: embedded.read(embedded.WEIGHTS)),
    "TAESD": ("TAESD", _tiny(lambda: taesd_state(4, channels=64, blocks=(1, 3, 3, 3)), 8)),
    "TAEF2": ("TAESD", _tiny(taef2_state, 8)),
    "TAESANA": ("TAESD", _tiny(taesana_state, 32)),
    "SD 1.5, SDXL": ("AutoencoderKL", _folder("AutoencoderKL", **KL, latent_channels=4)),
    "FLUX.1": ("AutoencoderKL", _folder("AutoencoderKL", **KL, latent_channels=16, use_quant_conv=False)),
    "FLUX.2": ("AutoencoderKLFlux2", _folder("AutoencoderKLFlux2", **KL, latent_channels=32)),
    "Sana": ("AutoencoderDC", _folder("AutoencoderDC", **SANA)),
    "Qwen-Image": ("AutoencoderKLQwenImage", _folder("AutoencoderKLQwenImage")),
}
"""Name of the model → class, and what makes its encoder. AutoencoderTiny of diffusers has TAESD's shape."""
