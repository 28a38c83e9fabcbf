"""The encoders that are known by name. Anything else an artist names is the path of a file or folder of their own.

Nothing heavy is imported here, so that whoever only wants the names can have them without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

EMBEDDED = "embedded"
SHIPPED = Path(__file__).parent  # where the weights lie that come with Belladonna


@dataclass(frozen=True)
class Entry:
    """One encoder. ``family`` is the module of this folder that reads ``path``, a file or a folder.

    ``stands_for``: the models whose latent space it has, or imitates. ``licence``: of its weights.
    """

    family: str
    path: Path
    stands_for: str
    licence: str


ENCODERS: dict[str, Entry] = {
    EMBEDDED: Entry("embedded", SHIPPED / "embedded.safetensors", "FLUX.2, imitated by way of TAEF2", "MIT"),
}
"""Name → encoder. The names travel in requests and reports, so they keep their meaning for good."""

DEFAULT = (EMBEDDED,)
