"""The encoders that are known by name: those that ship, and those of ``daemon/models`` that were fetched.

Anything else an artist names is the path of a file or folder of their own.

Nothing heavy is imported here, so that whoever only wants the names can have them without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...models.store import Store
from ...models.table import Model

EMBEDDED = "embedded"
SHIPPED = Path(__file__).parent  # where the weights lie that come with Belladonna


@dataclass(frozen=True)
class Entry:
    """One encoder. ``family`` is the module of this folder that reads ``path``, a file or a folder.

    ``sha256``: of its weights. ``stands_for``: the models whose latent space it has, or imitates. ``licence``: of its
    weights.
    """

    family: str
    path: Path
    sha256: str
    stands_for: str
    licence: str


ENCODERS: dict[str, Entry] = {
    EMBEDDED: Entry(
        "embedded",
        SHIPPED / "embedded.safetensors",
        "2c07b3a7edd7581a1206122a183a88a16f48084761b249832aba9581fb08507c",
        "FLUX.2, imitated by way of TAEF2",
        "MIT",
    ),
}
"""Name → encoder, of those that ship. The names travel in requests and reports, so they keep their meaning for good."""


def encoders() -> dict[str, Entry]:
    """Name → encoder, of those that ship and those that were fetched. Reads the disk: they come and go."""
    store = Store()
    return {**ENCODERS, **{model.name: _entry(store, model) for model in store.installed()}}


def default() -> tuple[str, ...]:
    """What is used where nobody chose: the tiny encoders that were fetched, else the one that ships.

    The one that ships imitates one of them, and stays out where the originals are.
    """
    fetched = tuple(model.name for model in Store().installed() if model.set == "standard")
    return fetched or (EMBEDDED,)


def finishing() -> tuple[str, ...]:
    """What is used for the last steps where there is time and nobody chose: the large encoders that were fetched."""
    return tuple(model.name for model in Store().installed() if model.set == "full")


def name_of(reference: str) -> str | None:
    """The name of the encoder that a name, or "sha256:" and the digest of its weights, refers to."""
    known = encoders()
    if reference in known:
        return reference
    return next((name for name, entry in known.items() if reference == f"sha256:{entry.sha256}"), None)


def _entry(store: Store, model: Model) -> Entry:
    record = store.record(model)
    weights = record.files[-1].sha256 if record else None  # a configuration comes first
    return Entry(model.family, store.loadable(model), weights or "", model.stands_for, model.licence)
