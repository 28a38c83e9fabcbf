"""The weights that ship with Belladonna: the ones that were measured, and whole?"""

from __future__ import annotations

import hashlib
from pathlib import Path

from .finding import Finding, fail, ok

TOPIC = "weights"
ENCODERS = Path(__file__).resolve().parent.parent / "shading" / "encoders"

SHA256 = {"embedded.safetensors": "2c07b3a7edd7581a1206122a183a88a16f48084761b249832aba9581fb08507c"}
"""File in ``daemon/shading/encoders`` → its digest. New weights need a new one here."""


def check(_home: Path, folder: Path = ENCODERS) -> list[Finding]:
    return [_judge(folder / name, digest) for name, digest in SHA256.items()]


def _judge(path: Path, digest: str) -> Finding:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return fail(TOPIC, f"The weights {path} can't be read: {error.strerror}.")
    if found != digest:
        mend = "Get Belladonna anew, then run its install.py."
        return fail(TOPIC, f"The weights {path} are not those of this version: their SHA-256 is {found}.", mend)
    return ok(TOPIC, f"{path.name} is whole (SHA-256 {digest[:12]}…).")
