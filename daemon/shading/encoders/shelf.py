"""The surrogates that stay loaded between pictures: the most recently used ones, as far as their bytes go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor

from ..device import Device
from .registry import load
from .surrogate import Surrogate

MOST_BYTES = 1 << 29
"""Of weights, over all devices. A large VAE's encoder has 34 million of them, 68 MB in bfloat16."""


class Shelf:
    """Loads surrogates and keeps them; makes room by giving up those that weren't used for the longest time."""

    def __init__(self, pictures: Callable[[], Iterable[Tensor]], most_bytes: int = MOST_BYTES) -> None:
        """``pictures`` gives what latents are standardised on, (1, 3, H, W) in 0…1 each."""
        self._pictures, self._most = pictures, most_bytes
        self._kept: dict[tuple[str, str], Surrogate] = {}  # (name, device), least recently used first

    def take(self, names: Sequence[str], on: Device) -> list[Surrogate]:
        """The surrogates of one job, which stay together however large they are. Raises ``Problem`` as ``load``."""
        wanted = [(name, on.name) for name in names]
        for key in wanted:
            surrogate = self._kept.pop(key, None)
            self._kept[key] = surrogate or load(key[0], on, self._pictures)
            self._make_room(wanted)
        return [self._kept[key] for key in wanted]

    def clear(self) -> None:
        """Give up all of them."""
        self._kept.clear()

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._kept

    def _make_room(self, wanted: Sequence[tuple[str, str]]) -> None:
        for key in [key for key in self._kept if key not in wanted]:
            if sum(surrogate.bytes for surrogate in self._kept.values()) <= self._most:
                return
            del self._kept[key]
