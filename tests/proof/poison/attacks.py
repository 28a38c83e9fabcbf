"""Pictures changed toward a target, by the reference method, by the product's engine or by chance; kept in the cache.

An attack's name says all of it, for instance "ours default, white box, 512 px, then JPEG 75". "White box" means that
the engine's surrogate is the very encoder of the space that the replica learns in; "embedded" is what the product
uses where an artist has brought nothing.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tests.proof import shading
from tests.proof.data import Pictures
from tests.proof.latents import Space, both_ways
from tests.proof.places import Missing, keep
from tests.proof.poison import anchors, reference
from tests.proof.poison.arm import Arm
from tests.proof.poison.purify import PURIFIERS, resized

CHUNK = 10  # pictures of each process between two savings
LARGE = 256  # pixels, from which on a GPU shades faster than several cores


@dataclass(frozen=True)
class Attack:
    """``method`` "reference" (``epsilon``/255), "ours" or "noise" (at a SSIMULACRA2 of ``floor``).

    What an intensity is depends on the engine's state: up to 6a39b5ac low, default and high kept 80, 70 and 60.
    """

    method: str
    epsilon: float = 0.0
    floor: float = 70.0
    intensity: str = "default"
    quality: str = "default"
    surrogate: str = "white box"
    side: int = 0  # pixels that pictures are enlarged to before they are shaded, and shrunk from; 0: the space's own
    purifier: str = ""

    @property
    def unpurified(self) -> str:
        """The name without what happens to the picture afterwards."""
        if self.method == "reference":
            return f"reference {self.epsilon:g}/255"
        if self.method == "noise":
            return f"noise at SSIMULACRA2 {self.floor:g}"
        quality = "" if self.quality == "default" else f" {self.quality}"
        side = f", {self.side} px" if self.side else ""
        return f"ours {self.intensity}{quality}, {self.surrogate}{side}"

    @property
    def name(self) -> str:
        """Unlike any other's; names the file in the cache."""
        return self.unpurified + (f", then {self.purifier}" if self.purifier else "")


ATTACKS = {
    attack.name: attack
    for attack in (
        *(Attack("reference", epsilon) for epsilon in (4, 8, 10.2, 16)),
        *(Attack("reference", epsilon, purifier="JPEG 75") for epsilon in (8, 10.2, 16)),
        *(Attack("ours", intensity=intensity) for intensity in shading.FLOORS),
        *(Attack("ours", intensity=intensity, quality="best") for intensity in ("default", "high")),
        *(Attack("ours", purifier=purifier) for purifier in PURIFIERS),
        *(Attack("ours", surrogate="embedded", side=side) for side in (0, 512)),
        *(Attack("ours", side=side) for side in (256, 512)),
        Attack("ours", intensity="maximum", side=512),
        Attack("noise"),
    )
}


class Attacker:
    """Makes attacks on clean pictures in one space, or takes them from the cache."""

    def __init__(
        self, pictures: Pictures, space: Space, cache: Path, steps: int, engine: str = "", processes: int = 1
    ) -> None:
        """``steps`` are the reference method's. ``engine`` names an earlier state of the product's, whose attacks are
        only taken from the cache; "": the present one's are made, by so many ``processes``.
        """
        self.pictures, self.space, self.cache, self.steps = pictures, space, cache, steps
        self.state, self._earlier, self.processes = engine or shading.state(), bool(engine), processes

    def latents(self, concept: str, target: str, arm: Arm) -> Tensor:
        """(arm.poisoned, 2 mirrorings, 32, 8, 8) standardised, float16, of the arm's attack."""
        changed = self.changed(concept, target, ATTACKS[arm.attack], arm.poisoned)
        return self.space.encode_all(both_ways(changed).flatten(0, 1)).unflatten(0, (-1, 2)).half()

    def clean(self, concept: str, first: int, last: int) -> Tensor:
        """Training pictures of a class as attacks find them, (last − first, 3, side, side) uint8."""
        return self.space.enlarged(self.pictures.train[self.pictures.index(concept)][first:last])

    def changed(self, concept: str, target: str, attack: Attack, count: int) -> Tensor:
        """The first ``count`` training pictures of a class after the attack, (count, 3, side, side) uint8."""
        if attack.purifier:
            plain = ATTACKS.get(attack.unpurified, attack)
            return torch.stack([PURIFIERS[attack.purifier](x) for x in self.changed(concept, target, plain, count)])
        by = f"{self.steps}" if attack.method == "reference" else self.state
        words = f"{attack.name}-{concept}-{target}-{by}"
        file = self.cache / "attacks" / self.space.name / f"{words.replace('/', '_').replace(' ', '-')}.pt"
        done = torch.load(file, weights_only=True) if file.exists() else self.clean(concept, 0, 0)
        if len(done) < count and self._earlier and attack.method == "ours":
            raise Missing(
                f"The proof needs {attack.name} on {count} pictures of {concept}, by the engine {self.state}."
            )
        if len(done) < count:
            with self._made(attack, target) as made:
                while len(done) < count:
                    started, last = time.monotonic(), min(count, len(done) + CHUNK * self.processes)
                    batch = self.clean(concept, len(done), last)
                    done = torch.cat([done, made(batch)])
                    keep(done, file)
                    seconds = (time.monotonic() - started) / len(batch)
                    print(f"{attack.name}, {concept}: {len(done)} of {count}, {seconds:.2f} s each", flush=True)
        return done[:count]

    @contextmanager
    def _made(self, attack: Attack, target: str) -> Iterator[Callable[[Tensor], Tensor]]:
        """What is done to pictures (N, 3, side, side) uint8, as long as the context lasts."""
        if attack.method == "reference":
            anchor = anchors.pixels(target, self.cache, self.space.side)
            yield lambda batch: reference.attack(self.space, batch, anchor, attack.epsilon, self.steps)
            return
        one = functools.partial(_noise, floor=attack.floor)
        if attack.method == "ours":
            surrogates = (str(self.space.path),) if attack.surrogate == "white box" else ()
            one = functools.partial(_shaded, attack=attack, anchor=anchors.file(target, self.cache), by=surrogates)
        if self.processes == 1:
            yield lambda batch: torch.stack([one(x) for x in batch])
            return
        small = (attack.side or self.space.side) < LARGE
        with ProcessPoolExecutor(self.processes, get_context("spawn"), _on_one_core, (small,)) as pool:
            yield lambda batch: torch.from_numpy(np.stack(list(pool.map(_apart, repeat(one), batch.numpy()))))


def _on_one_core(small: bool) -> None:
    """What each of several processes begins with. ``small`` pictures would keep a GPU waiting for Python."""
    if small:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    torch.set_num_threads(1)


def _apart(one: Callable[[Tensor], Tensor], picture: np.ndarray) -> np.ndarray:
    """Arrays travel between processes by value; tensors would each take an open file."""
    return one(torch.from_numpy(picture)).numpy()


_engine = functools.cache(shading.Engine)


def _shaded(picture: Tensor, attack: Attack, anchor: Path, by: tuple[str, ...]) -> Tensor:
    """The picture (3, side, side) uint8 as the product shades it."""
    large = resized(picture, attack.side) if attack.side else picture
    options = {"intensity": attack.intensity, "quality": attack.quality, "surrogates": by}
    changed, _ = shading.shade(_engine(), large, anchor, **options)
    return resized(changed, picture.shape[-1]) if attack.side else changed


def _noise(picture: Tensor, floor: float) -> Tensor:
    """Random signs of one size at every pixel and channel, as strong as keeps the picture's SSIMULACRA2."""
    generator = torch.Generator().manual_seed(int(picture.long().sum()))
    signs = torch.randint(0, 2, picture.shape, generator=generator) * 2.0 - 1
    return shading.fitted(picture, signs * 4 / 255, floor)
