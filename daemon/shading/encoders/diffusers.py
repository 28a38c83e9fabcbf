"""Encoders in folders as diffusers saves them: ``AutoencoderKL``, ``AutoencoderTiny``, or a pipeline with a ``vae``.

diffusers takes seconds to import, so it is imported only when such a folder is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from shared.problem import Problem
from shared.protocol.messages import Code

from .surrogate import Encoder

CLASSES = ("AutoencoderKL", "AutoencoderTiny")


class _Latents(nn.Module):
    """An autoencoder of diffusers as a plain encoder: pictures in 0…1 to the latents' mean."""

    def __init__(self, autoencoder: Any) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, x: Tensor) -> Tensor:
        encoded = self.autoencoder.encode(x * 2 - 1)
        return encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()


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
    if kind not in CLASSES:
        raise Problem("engine.encoder_unsupported", Code.UNSUPPORTED, folder=folder, kind=kind, known=known)
    import diffusers

    try:
        autoencoder = getattr(diffusers, kind).from_pretrained(
            folder,
            local_files_only=True,
            low_cpu_mem_usage=False,  # which wants a package that isn't needed here
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise Problem("engine.weights_damaged", Code.MODEL_MISSING, folder=folder, reason=error) from error
    if hasattr(autoencoder, "decoder"):
        autoencoder.decoder = None  # only the encoder is used; half of the memory goes back
    return Encoder(_Latents(autoencoder), 2 ** (len(config.get("block_out_channels", (0,) * 4)) - 1))
