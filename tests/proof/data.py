"""Thirty-six classes of Tiny-ImageNet: 500 pictures of each for training and 50 to judge the judges, 64 × 64 pixels."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from tests.proof.places import PICTURES, keep, needed
from tests.proof.presets import PER_CLASS

SIDE = 64
LEFT_OUT = ("hog", "goose", "sombrero", "ice cream")  # at 64 px no judge reads half of them right
GROUPS = (
    ("golden retriever", "Labrador retriever", "German shepherd", "Chihuahua", "standard poodle"),
    ("tabby", "Persian cat", "Egyptian cat", "lion", "cougar"),
    ("ox", "bison"),
    ("sports car", "convertible", "limousine"),
    ("banana", "orange", "lemon"),
    ("barn", "beacon"),
    ("alp", "seashore"),
)
"""Classes that a judge may confuse with each other: which retriever is not the question, whether it is a dog is."""


@dataclass(frozen=True)
class Pictures:
    """``train`` (classes, 500, 3, 64, 64) and ``val`` (classes, 50, 3, 64, 64), uint8; ``names`` by class."""

    names: tuple[str, ...]
    train: Tensor
    val: Tensor

    def index(self, name: str) -> int:
        """The number of a class. Raises ``ValueError`` for an unknown name."""
        return self.names.index(name)


def groups(names: tuple[str, ...]) -> Tensor:
    """(classes,) the number of each class's group; a class without a group is one of its own."""
    first = {name: group[0] for group in GROUPS for name in group}
    heads = [first.get(name, name) for name in names]
    numbers = {head: number for number, head in enumerate(dict.fromkeys(heads))}
    return torch.tensor([numbers[head] for head in heads])


def unit(pictures: Tensor) -> Tensor:
    """uint8 pictures as float32 in 0…1."""
    return pictures.float() / 255


def _read(path: Path, part: str) -> Tensor:
    """The pictures of one class, in the order of their numbers."""
    with tarfile.open(path) as archive:
        names = [name for name in archive.getnames() if name.startswith(f"{part}/") and name.endswith(".JPEG")]
        names.sort(key=lambda name: int(name.rpartition("_")[2].removesuffix(".JPEG")))
        images = []
        for name in names:
            file = archive.extractfile(name)
            assert file is not None
            images.append(np.array(Image.open(io.BytesIO(file.read())).convert("RGB")))
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()


def load(cache: Path, source: Path = PICTURES, most: int = PER_CLASS) -> Pictures:
    """The pictures, at most the first ``most`` of each class. Raises ``Missing`` where they aren't."""
    kept = cache / "pictures.pt"
    if not kept.exists():
        table = needed(source / "classes.tsv", "the pictures of Tiny-ImageNet").read_text("utf-8")
        rows = [line.split("\t") for line in table.splitlines() if line]
        rows = [row for row in rows if row[1] not in LEFT_OUT]
        parts = {
            part: torch.stack([_read(source / f"{row[0]}.tar", part) for row in rows]) for part in ("train", "val")
        }
        keep({"names": [row[1] for row in rows], **parts}, kept)
    found = torch.load(kept, weights_only=True)
    return Pictures(tuple(found["names"]), found["train"][:, :most], found["val"][:, :most])
