"""Where the proof finds its pictures and weights, and where it keeps what it made.

Pictures and weights are not part of the repository: they lie in ``shared`` beside the checkout. What takes long to make
(latents, attacks, checkpoints) is kept outside the checkout, in the folder that ``--cache`` or ``BELLADONNA_PROOF``
names.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ROOT.parent / "shared"
PICTURES = BESIDE / "data" / "tiny-imagenet-40"
MODELS = BESIDE / "models"
READERS = MODELS / "readers"
RESULTS = Path(__file__).resolve().parent / "results"


class Missing(Exception):
    """Something that the proof needs isn't there; the text says what and where it was looked for."""


def needed(path: Path, what: str) -> Path:
    """The path, if there is something. Raises ``Missing`` with a sentence otherwise."""
    if not path.exists():
        raise Missing(f"The proof needs {what}, but there is nothing at {path}.")
    return path


def cache(named: Path | None) -> Path:
    """The folder for what takes long to make, created if need be: named, ``$BELLADONNA_PROOF`` or the user's own."""
    folder = named or Path(os.environ.get("BELLADONNA_PROOF") or Path.home() / ".cache" / "belladonna-proof")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(content: object, path: Path) -> None:
    """Save with torch; whoever reads ``path`` finds all of it or nothing, whenever this process is stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    torch.save(content, unfinished)
    unfinished.replace(path)


def device() -> torch.device:
    """A GPU where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
