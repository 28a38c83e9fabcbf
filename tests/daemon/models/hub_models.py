"""Models that are small enough to be fetched in a test."""

from __future__ import annotations

import hashlib

import numpy as np
from safetensors.numpy import save

from daemon.models.table import File, Model

CONFIG, WEIGHTS = b'{"_class_name": "AutoencoderTiny"}', save({"weights": np.arange(1 << 18, dtype=np.float32)})
PINNED = "a" * 40
TINY = Model(
    "tiny",
    "standard",
    "diffusers",
    "AutoencoderTiny",
    "a generator",
    "hub",
    "owner/tiny",
    PINNED,
    (
        File("config.json", len(CONFIG)),
        File("diffusion_pytorch_model.safetensors", len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest()),
    ),
    "MIT",
)
PLAIN = Model(
    "plain",
    "standard",
    "taesd",
    "TAESD encoder",
    "a generator",
    "github",
    "owner/plain",
    PINNED,
    (File("plain_encoder.pth", len(WEIGHTS)),),
    "MIT",
)
