"""Small encoders with random weights, saved the way real ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def _convolution(state: dict[str, Tensor], name: str, out: int, into: int, side: int = 3, bias: bool = True) -> None:
    state[f"{name}.weight"] = torch.randn(out, into, side, side) / (into * side * side) ** 0.5
    if bias:
        state[f"{name}.bias"] = torch.randn(out) * 0.1


def _block(state: dict[str, Tensor], index: int, channels: int, pooled: int) -> None:
    for layer in (0, 2, 4):
        _convolution(state, f"{index}.conv.{layer}", channels, channels)
    if pooled:
        _convolution(state, f"{index}.pool.0", pooled, channels, 1, bias=False)
        state[f"{index}.pool.1.weight"], state[f"{index}.pool.1.bias"] = torch.ones(pooled), torch.zeros(pooled)
        _convolution(state, f"{index}.pool.3", channels, pooled, 1, bias=False)


def taesd_state(
    latent: int = 4,
    pooled: int = 0,
    fold: int = 8,
    channels: int = 8,
    blocks: tuple[int, ...] = (1, 1, 1, 1),
    stem: int = 0,
) -> dict[str, Tensor]:
    """The state dict of a TAESD-family encoder, numbered as the real ones are, by default with little in it.

    ``pooled`` channels in the branch of the blocks at 1/8, as in TAEF2; ``fold`` 8, or 32 as in TAESANA.
    ``stem`` channels after the first layer, if not ``channels``.
    """
    torch.manual_seed(latent + pooled + fold)
    state: dict[str, Tensor] = {}
    _convolution(state, "0", stem or channels, 3)
    index = 1
    if fold == 32:
        _convolution(state, "2", channels, stem or channels)
        index = 4  # 1 and 3 are activations without parameters
    for stage, count in enumerate(blocks):
        if stage:
            _convolution(state, str(index), channels, channels, bias=False)
            index += 1
        for _ in range(count):
            _block(state, index, channels, pooled if stage == 3 else 0)
            index += 1
    _convolution(state, str(index), latent, channels)
    return state


def taef2_state() -> dict[str, Tensor]:
    """Random weights in all the shapes of TAEF2's encoder."""
    return taesd_state(latent=32, pooled=256, channels=64, blocks=(1, 3, 3, 3))


def taesana_state() -> dict[str, Tensor]:
    """Random weights in all the shapes of TAESANA's encoder."""
    return taesd_state(latent=32, fold=32, channels=64, blocks=(1, 3, 3, 3), stem=32)


AUTOENCODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "KL": (
        "AutoencoderKL",
        {
            "down_block_types": ("DownEncoderBlock2D",) * 3,
            "up_block_types": ("UpDecoderBlock2D",) * 3,
            "block_out_channels": (8, 8, 16),
            "norm_num_groups": 4,
        },
    ),
    "FLUX.2": (
        "AutoencoderKLFlux2",
        {
            "down_block_types": ("DownEncoderBlock2D",) * 4,
            "up_block_types": ("UpDecoderBlock2D",) * 4,
            "block_out_channels": (8, 8, 8, 16),
            "norm_num_groups": 4,
            "latent_channels": 8,
        },
    ),
    "Tiny": (
        "AutoencoderTiny",
        {
            "encoder_block_out_channels": (8, 8, 8, 8),
            "decoder_block_out_channels": (8, 8, 8, 8),
            "num_encoder_blocks": (1, 1, 1, 1),
            "num_decoder_blocks": (1, 1, 1, 1),
        },
    ),
    "DC": (
        "AutoencoderDC",
        {
            "latent_channels": 4,
            "attention_head_dim": 8,
            **{
                f"{half}_block_types": ("ResBlock",) * 4 + ("EfficientViTBlock",) * 2 for half in ("encoder", "decoder")
            },
            **{f"{half}_block_out_channels": (8, 8, 8, 8, 16, 16) for half in ("encoder", "decoder")},
            **{f"{half}_layers_per_block": (1,) * 6 for half in ("encoder", "decoder")},
            **{f"{half}_qkv_multiscales": ((),) * 4 + ((5,),) * 2 for half in ("encoder", "decoder")},
            "downsample_block_type": "Conv",
            "upsample_block_type": "interpolate",
        },
    ),
    "Qwen": (
        "AutoencoderKLQwenImage",
        {"base_dim": 8, "z_dim": 4, "num_res_blocks": 1},
    ),
    "Wan 2.1": (
        "AutoencoderKLWan",
        {"base_dim": 8, "z_dim": 4, "num_res_blocks": 1},
    ),
    "Wan 2.2": (
        "AutoencoderKLWan",
        {
            "base_dim": 8,
            "z_dim": 4,
            "num_res_blocks": 1,
            "is_residual": True,
            "patch_size": 2,
            "in_channels": 12,
            "out_channels": 12,
            "scale_factor_spatial": 16,
        },
    ),
}
"""Name → class of diffusers and a small configuration, built like the real ones."""


def autoencoder(name: str, seed: int = 0) -> Any:
    """One of ``AUTOENCODERS`` with random weights."""
    import diffusers

    kind, sizes = AUTOENCODERS[name]
    torch.manual_seed(seed)
    return getattr(diffusers, kind)(**sizes).eval()


def save(name: str, folder: Path, seed: int = 0) -> Path:
    """One of ``AUTOENCODERS``, saved by diffusers."""
    autoencoder(name, seed).save_pretrained(folder)
    return folder


def save_kl(folder: Path, seed: int = 0) -> Path:
    """An ``AutoencoderKL`` that halves the picture twice."""
    return save("KL", folder, seed)


def save_tiny(folder: Path, seed: int = 0) -> Path:
    """An ``AutoencoderTiny`` that halves the picture three times."""
    return save("Tiny", folder, seed)
