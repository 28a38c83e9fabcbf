"""The table of models as it ships, ``models.json``: encoders that models are really trained with.

``bytes`` in it is exact where ``sha256`` is known and rounded elsewhere. Where a hash isn't known, that of the first
download is kept and shown, and a later one must have it too.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from shared.protocol.strict import build, parse_object

FILE = Path(__file__).parent / "models.json"
COMMIT_DIGITS = 40  # hexadecimal, of a commit's name
SETS = ("standard", "full")
"""The tiny encoders; and those that they stand in for."""


@dataclass(frozen=True)
class File:
    """One file of a model. ``path`` is the one within its repository; ``bytes`` may be rounded."""

    path: str
    bytes: int
    sha256: str | None = None


@dataclass(frozen=True)
class Model:
    """One model that can be fetched.

    ``family`` is what reads it: a module of ``daemon/shading/encoders``. ``stands_for``: the image generators whose
    latent space it has. ``host``: "hub" (Hugging Face) or "github". ``gated``: the owner asks for an account and a
    licence to be accepted. ``scaling`` and ``shift`` are what these generators do to latents before training, None
    where it is no single factor; the engine standardises latents by channel instead, so for it they are only facts.
    """

    name: str
    set: str
    family: str
    kind: str
    stands_for: str
    host: str
    repository: str
    revision: str
    files: tuple[File, ...]
    licence: str
    gated: bool = False
    scaling: float | None = None
    shift: float = 0.0

    @property
    def bytes(self) -> int:
        """What all its files take, about."""
        return sum(file.bytes for file in self.files)

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit, so that its files stay the same, and not a branch that may move on."""
        return len(self.revision) == COMMIT_DIGITS

    @property
    def page(self) -> str:
        """Where people read about it."""
        return f"https://{'huggingface.co' if self.host == 'hub' else 'github.com'}/{self.repository}"


@functools.cache
def models() -> dict[str, Model]:
    """Name → model, in the table's order. Names travel in requests and reports, so they keep their meaning for good."""
    content = parse_object(FILE.read_bytes())
    found = [build(Model, values) for values in content["models"]]
    return {model.name: model for model in found}


def named(word: str) -> list[Model]:
    """The model of that name, or the models of that set; "full" holds the standard ones too. [] if there is none."""
    if word in SETS:
        wanted = SETS[: SETS.index(word) + 1]
        return [model for model in models().values() if model.set in wanted]
    return [models()[word]] if word in models() else []
