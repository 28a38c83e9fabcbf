"""Encoders in folders as diffusers saves them: an autoencoder of one of ``CLASSES``, or a pipeline with a ``vae``.

diffusers takes seconds to import, so it is imported only when such a folder is read. Of a file in safetensors only the
encoder's weights are read; the decoder's are at least as many.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from shared.problem import Problem
from shared.protocol.messages import Code

from .latents import Latents
from .surrogate import Encoder

WEIGHTS = "diffusion_pytorch_model.safetensors"
PARTS = ("encoder.", "quant_conv.")
OLD_NAMES = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
"""Of an attention's layers, as the VAEs of Stable Diffusion 1 and 2 call them."""
UNUSABLE = (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, SafetensorError)
"""What diffusers, safetensors and torch raise for weights that are damaged or don't fit their configuration."""


class _Kind(NamedTuple):
    """A class of diffusers. ``reduction``: its configuration → pixels a latent, each way. The rest: see ``Latents``."""

    reduction: Callable[[Any], int]
    distribution: bool = True
    film: bool = False


def _halved(key: str) -> Callable[[Any], int]:
    """Each block but the last halves the picture; ``key`` has one entry for each block."""
    return lambda config: 2 ** (len(config[key]) - 1)


def _halved_patches(config: Any) -> int:
    return 2 ** (len(config["dim_mult"]) - 1) * (config["patch_size"] or 1)


CLASSES = {
    "AutoencoderKL": _Kind(_halved("block_out_channels")),
    "AutoencoderTiny": _Kind(_halved("encoder_block_out_channels"), distribution=False),
    "AutoencoderKLFlux2": _Kind(_halved("block_out_channels")),
    "AutoencoderDC": _Kind(_halved("encoder_block_out_channels"), distribution=False),
    "AutoencoderKLQwenImage": _Kind(_halved("dim_mult"), film=True),
    "AutoencoderKLWan": _Kind(_halved_patches, film=True),
}


def read(path: Path) -> Encoder:
    """The encoder in a folder. Raises ``Problem`` if there is none, an unsupported one, or its weights are damaged."""
    folder = path / "vae" if (path / "vae" / "config.json").is_file() else path
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        kind = config.get("_class_name")
    except (OSError, ValueError, AttributeError) as error:
        raise Problem("engine.no_encoder_inside", Code.MODEL_MISSING, folder=folder) from error
    known = ", ".join(CLASSES)
    if not kind:
        raise Problem("engine.encoder_unknown", Code.UNSUPPORTED, folder=folder, known=known)
    if not isinstance(kind, str) or kind not in CLASSES:
        raise Problem("engine.encoder_unsupported", Code.UNSUPPORTED, folder=folder, kind=kind, known=known)
    try:
        return encoder_of(_loaded(kind, config, folder))
    except UNUSABLE as error:
        raise Problem("engine.weights_damaged", Code.MODEL_MISSING, folder=folder, reason=error) from error


def encoder_of(autoencoder: Any) -> Encoder:
    """The encoder's half of a diffusers model of one of ``CLASSES``, which can't be used itself any more."""
    kind = CLASSES[type(autoencoder).__name__]
    module = Latents(autoencoder, distribution=kind.distribution, film=kind.film)
    return Encoder(module.float(), kind.reduction(autoencoder.config))


def _loaded(kind: str, config: dict[str, Any], folder: Path) -> Any:
    """The model with at least its encoder's weights. Raises one of ``UNUSABLE`` if they don't fit the configuration."""
    import diffusers

    family = getattr(diffusers, kind)
    if not (folder / WEIGHTS).is_file():  # older folders have a pickle, the largest have several files
        return family.from_pretrained(
            folder,
            local_files_only=True,
            low_cpu_mem_usage=False,  # which wants a package that isn't needed here
        )
    with torch.device("meta"):  # takes no memory, nor time for random weights
        autoencoder = family.from_config(config)
    missing, unknown = autoencoder.load_state_dict(_weights(folder / WEIGHTS), strict=False, assign=True)
    wrong = [*unknown, *(key for key in missing if key.startswith(PARTS))]
    if wrong:
        raise ValueError(f"{wrong[0]}: in the weights or in the configuration, but not in both")
    return autoencoder


def _weights(file: Path) -> dict[str, Tensor]:
    """The encoder's weights by their names of today, float32.

    Copied, because where a file has them isn't always a multiple of 64 bytes, and that changes how sums are rounded.
    """
    found = {}
    with safe_open(file, "pt") as opened:
        for key in opened.keys():  # noqa: SIM118
            if key.startswith(PARTS):
                name = key
                for old, new in OLD_NAMES.items():
                    name = name.replace(old, new)
                found[name] = opened.get_tensor(key).to(torch.float32, copy=True)
    return found
