"""From a name, or the path of what an artist brought, to a surrogate on a device."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from torch import Tensor

from shared.problem import Problem
from shared.protocol.messages import Code

from ..device import Device
from . import diffusers, embedded, taesd
from .surrogate import Encoder, Surrogate
from .table import ENCODERS

READERS: dict[str, Callable[[Path], Encoder]] = {
    "embedded": embedded.read,
    "taesd": taesd.read,
    "diffusers": diffusers.read,
}
"""Family → what reads its files. Each raises ``Problem`` for a file or folder that it can't read."""


def load(name: str, device: Device, pictures: Callable[[], Iterable[Tensor]]) -> Surrogate:
    """The surrogate with a name of ``table.ENCODERS``, or at a path: a folder of diffusers, a file of the TAESD family.

    ``pictures`` gives what its latents are standardised on, (1, 3, H, W) in 0…1 each. Raises ``Problem`` if it can't
    be loaded.
    """
    if name in ENCODERS:
        family, path, title = ENCODERS[name].family, ENCODERS[name].path, name
    else:
        path = Path(os.path.expanduser(name))
        if not (path.is_absolute() and os.path.exists(path)):
            raise Problem("engine.encoder_missing", Code.MODEL_MISSING, path=path, known=", ".join(ENCODERS))
        family, title = "diffusers" if path.is_dir() else "taesd", str(path)
    encoder = READERS[family](path)
    surrogate = Surrogate(title, encoder.module, encoder.multiple, device)
    if not encoder.standardised:
        surrogate.standardise(pictures())
    return surrogate
