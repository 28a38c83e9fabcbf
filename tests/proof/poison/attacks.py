"""Pictures changed toward a target, by the reference method, by the product's engine or by chance; kept in the cache.

An attack's name says all of it, for instance "ours default, white box, 512 px, then JPEG 75". "White box" means that
the engine's surrogate is the very encoder of the space that the replica learns in; "embedded" is what the product
uses where an artist has brought nothing.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tests.proof import shading
from tests.proof.data import SIDE, Pictures
from tests.proof.latents import Space, both_ways
from tests.proof.places import Missing, keep
from tests.proof.poison import anchors, reference
from tests.proof.poison.arm import Arm
from tests.proof.poison.purify import PURIFIERS, resized

CHUNK = 10  # pictures between two savings


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
    side: int = SIDE  # pixels that pictures are enlarged to before they are shaded, and shrunk from afterwards
    purifier: str = ""

    @property
    def unpurified(self) -> str:
        """The name without what happens to the picture afterwards."""
        if self.method == "reference":
            return f"reference {self.epsilon:g}/255"
        if self.method == "noise":
            return f"noise at SSIMULACRA2 {self.floor:g}"
        quality = "" if self.quality == "default" else f" {self.quality}"
        side = "" if self.side == SIDE else f", {self.side} px"
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
        *(Attack("ours", surrogate="embedded", side=side) for side in (SIDE, 512)),
        *(Attack("ours", side=side) for side in (256, 512)),
        Attack("noise"),
    )
}


class Attacker:
    """Makes attacks on clean pictures in one space, or takes them from the cache."""

    def __init__(self, pictures: Pictures, space: Space, cache: Path, steps: int, engine: str = "") -> None:
        """``steps`` are the reference method's. ``engine`` names an earlier state of the product's, whose attacks are
        only taken from the cache; "": the present one's are made.
        """
        self.pictures, self.space, self.cache, self.steps = pictures, space, cache, steps
        self.state, self._earlier = engine or shading.state(), bool(engine)
        self._engine = functools.cache(shading.Engine)

    def latents(self, concept: str, target: str, arm: Arm) -> Tensor:
        """(arm.poisoned, 2 mirrorings, 32, 8, 8) standardised, float16, of the arm's attack."""
        changed = self.changed(concept, target, ATTACKS[arm.attack], arm.poisoned)
        return self.space.encode_all(both_ways(changed).flatten(0, 1)).unflatten(0, (-1, 2)).half()

    def changed(self, concept: str, target: str, attack: Attack, count: int) -> Tensor:
        """The first ``count`` training pictures of a class after the attack, (count, 3, 64, 64) uint8."""
        if attack.purifier:
            plain = ATTACKS.get(attack.unpurified, attack)
            return torch.stack([PURIFIERS[attack.purifier](x) for x in self.changed(concept, target, plain, count)])
        clean = self.pictures.train[self.pictures.index(concept)]
        by = f"{self.steps}" if attack.method == "reference" else self.state
        words = f"{attack.name}-{concept}-{target}-{by}"
        file = self.cache / "attacks" / self.space.name / f"{words.replace('/', '_').replace(' ', '-')}.pt"
        done = torch.load(file, weights_only=True) if file.exists() else clean[:0]
        one = self._one(attack, target)
        if len(done) < count and self._earlier and attack.method == "ours":
            raise Missing(
                f"The proof needs {attack.name} on {count} pictures of {concept}, by the engine {self.state}."
            )
        while len(done) < count:
            started, batch = time.monotonic(), clean[len(done) : min(count, len(done) + CHUNK)]
            done = torch.cat([done, one(batch)])
            keep(done, file)
            seconds = (time.monotonic() - started) / len(batch)
            print(f"{attack.name}, {concept}: {len(done)} of {count}, {seconds:.2f} s each", flush=True)
        return done[:count]

    def _one(self, attack: Attack, target: str) -> Callable[[Tensor], Tensor]:
        """What is done to (N, 3, 64, 64) uint8."""
        if attack.method == "reference":
            anchor = anchors.pixels(target, self.cache)
            return lambda batch: reference.attack(self.space, batch, anchor, attack.epsilon, self.steps)
        if attack.method == "noise":
            return lambda batch: torch.stack([_noise(x, attack.floor) for x in batch])
        surrogates = (str(self.space.path),) if attack.surrogate == "white box" else ()
        anchor_file = anchors.file(target, self.cache)

        def shaded(picture: Tensor) -> Tensor:
            large = picture if attack.side == SIDE else resized(picture, attack.side)
            options = {"intensity": attack.intensity, "quality": attack.quality, "surrogates": surrogates}
            changed, _ = shading.shade(self._engine(), large, anchor_file, **options)
            return changed if attack.side == SIDE else resized(changed, SIDE)

        return lambda batch: torch.stack([shaded(x) for x in batch])


def _noise(picture: Tensor, floor: float) -> Tensor:
    """Random signs of one size at every pixel and channel, as strong as keeps the picture's SSIMULACRA2."""
    generator = torch.Generator().manual_seed(int(picture.long().sum()))
    signs = torch.randint(0, 2, picture.shape, generator=generator) * 2.0 - 1
    return shading.fitted(picture, signs * 4 / 255, floor)
