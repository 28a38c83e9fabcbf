"""The training set of a run: clean latents with each arm's poison put in its class's place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from tests.proof.model.train import Lesson
from tests.proof.poison.arm import Arm

Attacked = Callable[[str, str, Arm], Tensor]
"""(concept, target, arm) → latents of the changed pictures (at least ``arm.poisoned``, 2 mirrorings, 32, 8, 8)."""


def lesson(
    latents: Tensor,
    names: tuple[str, ...],
    arms: Mapping[str, Arm],
    target: str,
    single: Mapping[str, Tensor],
    attacked: Attacked,
    generator: torch.Generator,
) -> Lesson:
    """``latents`` (classes, 500, 2, 32, 8, 8) of clean pictures stay as they are; ``single`` anchors are
    (2, 32, 8, 8), by the names that arms have for them.

    Only classes in ``arms`` are learned, in that order; the target is among them, clean.
    """
    goal = latents[names.index(target)]
    classes, counts = [], []
    for concept, arm in arms.items():
        of_class = latents[names.index(concept)].clone()
        count = arm.poisoned
        if arm.kind == "attack":
            of_class[:count] = attacked(concept, target, arm)[:count]
        elif arm.kind != "clean":
            drawn = torch.randperm(len(goal), generator=generator)[:count]
            toward = goal[drawn] if arm.anchors == "many" else single[arm.anchors][None]
            of_class[:count] = torch.lerp(of_class[:count].float(), toward.float(), arm.dose).half()
        classes.append(of_class)
        counts.append(arm.pictures)
    return Lesson(torch.stack(classes), torch.tensor(counts))


def shift(before: Tensor, after: Tensor, anchor: Tensor) -> Tensor:
    """(N,) shares of the way from ``before`` (N, C, h, w) to ``anchor`` (C, h, w) that ``after`` has covered."""
    left, whole = (after - anchor).flatten(1).norm(dim=1), (before - anchor).flatten(1).norm(dim=1)
    return 1 - left / whole.clamp_min(1e-6)
