"""What a judge says of many latents: how many it reads as the concept, how many as the target."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from tests.proof.judging.latent import Reader

GOOD = 0.8  # clean accuracy that a judge must have on a class for its readings to be used


@dataclass(frozen=True)
class Reading:
    """Counts: ``itself`` as the concept or a class of its group, ``target`` as the target, of ``count`` in all."""

    count: int
    itself: int
    target: int


def read(judge: Reader, latents: Tensor, concept: int, target: int, group_of: Tensor) -> Reading:
    """Readings of latents (N, 32, 8, 8) by groups of classes; ``group_of`` is (classes,)."""
    found = by_group(judge(latents), group_of).argmax(1)
    counts = [int((found == group_of[number]).sum()) for number in (concept, target)]
    return Reading(len(latents), *counts)


def by_group(probabilities: Tensor, group_of: Tensor) -> Tensor:
    """(N, classes) → (N, groups): the probabilities of a group's classes together."""
    result = torch.zeros(len(probabilities), int(group_of.max()) + 1)
    return result.index_add_(1, group_of, probabilities)


def accuracy(judge: Reader, latents: Iterable[Tensor], group_of: Tensor) -> list[float]:
    """For each class the share of its clean latents (N, 32, 8, 8) that the judge puts into the class's group."""
    shares = []
    for number, of_class in enumerate(latents):
        found = by_group(judge(of_class), group_of).argmax(1)
        shares.append(float((found == group_of[number]).float().mean()))
    return shares


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): lower and upper end, 0…1."""
    if count == 0:
        return 0.0, 1.0
    share, n = hits / count, count
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
