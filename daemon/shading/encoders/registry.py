"""From a name, a digest, or the path of what an artist brought, to a surrogate on a device."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from torch import Tensor

from shared.problem import Problem
from shared.protocol.messages import Code

from ...models.table import models
from ..device import Device
from . import diffusers, embedded, taesd
from .surrogate import Encoder, Surrogate
from .table import encoders, name_of

READERS: dict[str, Callable[[Path], Encoder]] = {
    "embedded": embedded.read,
    "taesd": taesd.read,
    "diffusers": diffusers.read,
}
"""Family → what reads its files. Each raises ``Problem`` for a file or folder that it can't read."""


def load(reference: str, device: Device, pictures: Callable[[], Iterable[Tensor]]) -> Surrogate:
    """The surrogate with a name or digest of ``table.encoders()``, or at an absolute path.

    At a path it may be a folder of diffusers or a file of the TAESD family. A surrogate is called by its name or path.

    ``pictures`` gives what its latents are standardised on, (1, 3, H, W) in 0…1 each. Raises ``Problem`` if it can't
    be loaded.
    """
    name = name_of(reference)
    if name is not None:
        entry = encoders()[name]
        family, path = entry.family, entry.path
    elif reference in models():
        raise Problem("models.not_installed", Code.MODEL_MISSING, name=reference)
    else:
        path = Path(os.path.expanduser(reference))
        if not (path.is_absolute() and os.path.exists(path)):
            raise Problem("engine.encoder_missing", Code.MODEL_MISSING, path=path, known=", ".join(encoders()))
        family, name = "diffusers" if path.is_dir() else "taesd", str(path)
    encoder = READERS[family](path)
    surrogate = Surrogate(name, encoder.module, encoder.multiple, device)
    if not encoder.standardised:
        surrogate.standardise(pictures())
    return surrogate
