"""Which class carries which arm, in which run.

Each run trains one replica. All classes that aren't named are its controls, clean. Which class carries an arm is part
of the noise, so the second seed of a run deals the arms of ``dealt`` to other classes; the attacks' stay, since each
was made for its class. The run of the same name with "-clean" teaches the attacked classes' own pictures instead.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.proof.poison.arm import Arm, blend, label
from tests.proof.presets import PER_CLASS

DOSES = (0.15, 0.3, 0.4, 0.5, 0.65, 0.8)
CONTROLS = 6
ATTACKED = 60  # pictures of a class that carries an attack, all of them attacked: shading 500 takes too long
ENLARGED = 20  # the same where pictures are enlarged to 512 px first
CANDIDATES = (
    "African elephant", "Chihuahua", "Egyptian cat", "German shepherd", "Labrador retriever", "Persian cat", "alp",
    "banana", "barn", "beacon", "bison", "brown bear", "bullet train", "convertible", "cougar", "golden retriever",
    "goldfish", "jellyfish", "king penguin", "ladybug", "lemon", "limousine", "lion", "monarch", "mushroom", "orange",
    "orangutan", "ox", "pizza", "seashore", "sports car", "standard poodle", "tabby", "teapot", "tractor",
)  # fmt: skip
"""Classes that can be told apart at 64 px. Named here rather than taken from the judges, so that who carries what
doesn't depend on how their training went; classes that a judge then reads badly are marked in the tables."""

WELL_READ = (
    "German shepherd", "Labrador retriever", "Persian cat", "alp", "banana", "beacon", "bison", "bullet train",
    "convertible", "goldfish", "jellyfish", "ladybug", "lemon", "monarch", "mushroom", "orange", "pizza", "seashore",
    "sports car",
)  # fmt: skip
"""Those of them that TAEF2's judge of latents, trained as the preset "cpu" says, reads right in .8 or more of 50 clean
pictures. Runs after the first deal their arms to these only; the first dealt before that was known."""


@dataclass(frozen=True)
class Run:
    """``dealt`` arms go to classes ``among`` the usable ones by the seed, ``fixed`` ones to the class they name."""

    target: str
    dealt: tuple[Arm, ...]
    fixed: Mapping[str, Arm]
    idle: tuple[str, ...] = ()  # classes that take no dealt arm: clean neighbours
    controls: int = CONTROLS  # other clean classes
    among: tuple[str, ...] = CANDIDATES
    base: str = ""  # the run whose replica, of the same seed, this one begins with; "": it begins with nothing

    def arms(self, seed: int) -> dict[str, Arm]:
        """Concept → arm for every class that is trained, the target and the controls included.

        Raises ``ValueError`` if there are too few classes.
        """
        kept = {self.target, *self.fixed, *self.idle}
        free = [name for name in self.among if name not in kept]
        random.Random(seed).shuffle(free)
        if len(free) < len(self.dealt) + self.controls:
            raise ValueError(
                f"{len(self.dealt)} arms need {self.controls} controls besides; {len(free)} classes are free."
            )
        dealt = dict(zip(free, self.dealt, strict=False))
        controls = free[len(dealt) : len(dealt) + self.controls]
        return {**dealt, **self.fixed, **dict.fromkeys([self.target, *self.idle, *controls], Arm())}


def _attack(name: str, pictures: int = ATTACKED) -> Arm:
    return Arm("attack", attack=name, pictures=pictures)


def _clean(run: Run) -> Run:
    """The same classes with as many pictures, in the same order, none of them attacked: each attack's own control."""
    return replace(run, fixed={concept: Arm(pictures=arm.pictures) for concept, arm in run.fixed.items()})


_ALL = tuple(blend(dose, anchors) for dose in DOSES for anchors in ("one", "many"))
_FIFTH = tuple(blend(dose, anchors, 0.2) for dose in DOSES for anchors in ("typical", "many"))
_AGAIN = tuple(blend(dose, anchors) for dose in DOSES[1:5] for anchors in ("typical", "many"))
_NEIGHBOURS = ("golden retriever", "German shepherd", "lemon", "bison")
_ATTACKS = Run(
    "school bus",
    (),
    {
        "monarch": _attack("reference 4/255"),
        "African elephant": _attack("reference 8/255"),
        "goldfish": _attack("reference 10.2/255"),
        "Labrador retriever": _attack("reference 16/255"),
        "king penguin": _attack("ours low, white box"),
        "pizza": _attack("ours default, white box"),
        "jellyfish": _attack("ours high, white box"),
        "ladybug": _attack("ours default, embedded"),
        "lion": _attack("noise at SSIMULACRA2 70"),
        "brown bear": _attack("reference 16/255, then JPEG 75"),
        "tabby": _attack("ours default, white box, then JPEG 75"),
        "banana": Arm(pictures=ATTACKED),
        "mushroom": Arm(pictures=ATTACKED),
    },
    ("golden retriever", "German shepherd"),
    4,
    base="dose-all",
)
_OTHERS = Run(
    "school bus",
    (),
    {
        "beacon": _attack("reference 8/255"),
        "bison": _attack("reference 16/255"),
        "German shepherd": _attack("ours low, white box"),
        "lemon": _attack("ours default, white box"),
        "seashore": _attack("ours high, white box"),
        "Persian cat": _attack("ours default, embedded"),
    },
    (),
    4,
    base="dose-all",
)
_EVERY = Run(
    "school bus",
    (),
    {
        "lemon": _attack("reference 4/255", PER_CLASS),
        "monarch": _attack("reference 8/255", PER_CLASS),
        "sports car": _attack("reference 10.2/255", PER_CLASS),
        "bison": _attack("reference 16/255", PER_CLASS),
        "beacon": _attack("reference 16/255, then JPEG 75", PER_CLASS),
        "mushroom": _attack("ours low, white box", PER_CLASS),
        "pizza": _attack("ours default, white box", PER_CLASS),
        "jellyfish": _attack("ours high, white box", PER_CLASS),
        "goldfish": _attack("ours maximum, white box", PER_CLASS),
        "ladybug": _attack("ours default, embedded", PER_CLASS),
        "convertible": _attack("noise at SSIMULACRA2 70", PER_CLASS),
    },
    among=WELL_READ,
)
_LARGE = Run(
    "school bus",
    (),
    {
        "monarch": _attack("reference 8/255"),
        "bison": _attack("reference 16/255"),
        "mushroom": _attack("ours low, white box"),
        "pizza": _attack("ours default, white box"),
        "jellyfish": _attack("ours high, white box"),
        "goldfish": _attack("ours maximum, white box"),
        "ladybug": _attack("ours default, embedded"),
        "lemon": _attack("ours default, white box, 512 px"),
        "sports car": _attack("ours maximum, white box, 512 px"),
        "seashore": _attack("ours default, embedded, 512 px"),
        "convertible": _attack("noise at SSIMULACRA2 70"),
    },
    base="dose-all",
)
_ENLARGED = Run(
    "school bus",
    (),
    {
        "Persian cat": _attack("ours default, embedded, 512 px", ENLARGED),
    },
    base="dose-all",
)

RUNS: dict[str, Run] = {
    "dose-all": Run(
        "school bus",
        (*_ALL, label(0.2), label(0.4), label(0.6)),
        {"Labrador retriever": label(1.0), "orange": blend(0.8, "many")},
        _NEIGHBOURS,
    ),
    "dose-fifth": Run("school bus", (*_FIFTH, label(0.1), label(0.8)), {}, (), 4, WELL_READ, "dose-all"),
    "dose-again": Run("school bus", (*_AGAIN, label(0.4), label(0.6)), {}, (), 4, WELL_READ, "dose-all"),
    "attacks": _ATTACKS,
    "ours": Run(
        "school bus",
        (),
        {
            "king penguin": _attack("ours low, white box"),
            "pizza": _attack("ours default, white box"),
            "jellyfish": _attack("ours high, white box"),
            "goldfish": _attack("ours maximum, white box"),
            "ladybug": _attack("ours default, embedded"),
            "tabby": _attack("ours default, white box, then JPEG 75"),
        },
        base="dose-all",
    ),
    "attacks-clean": _clean(_ATTACKS),
    "attacks-others": _OTHERS,
    "attacks-others-clean": _clean(_OTHERS),
    "every-picture": _EVERY,
    "every-picture-clean": _clean(_EVERY),
    "large": _LARGE,
    "large-clean": _clean(_LARGE),
    "enlarged": _ENLARGED,
    "enlarged-clean": _clean(_ENLARGED),
}
