"""How near two words are to CLIP: its text embeddings of the names in LVIS, Objects365 and COCO.

They lie beside the checkout in ``../shared/models/clip_text``. OpenImages' embeddings are there, too, but without the
names they belong to, so they aren't used.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "models" / "clip_text"
FILES = (
    "lvis_v1_clip_a+cname.npy",
    "lvis_v1_train_cat_info.json",
    "o365_clip_a+cnamefix.npy",
    "Objects365_names_fix.csv",
)

SPELLED = {
    "coins": "coin",
    "drums": "drum",
    "light bulb": "lightbulb",
    "sneaker": "sneakers",
    "coffee": "cappuccino",
    "rocket": "space shuttle",
}
"""Targets whose own name isn't in the lists → a name that is."""

NEARER = {"dogs": "cat", "cars": "cow"}
"""Category → target: two of the article's own pairs, which are kept although CLIP finds them nearer than most."""


@dataclass(frozen=True)
class Row:
    """A category: its target, the words of it that CLIP's lists have, and each word's cosine with the target."""

    category: str
    target: str
    words: tuple[str, ...]
    cosines: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the words."""
        return float(np.mean(self.cosines))


def missing(folder: Path = FOLDER) -> list[str]:
    """The files that aren't there."""
    return [name for name in FILES if not (folder / name).is_file()]


def vectors(folder: Path = FOLDER) -> dict[str, np.ndarray]:
    """Name → its embedding of length 1. A name that several lists have counts once."""
    found: dict[str, np.ndarray] = {}
    embedded = np.load(folder / FILES[0]).astype(np.float32)
    for entry in json.loads((folder / FILES[1]).read_text(encoding="utf-8")):
        name = re.sub(r"\s*\(.*\)", "", entry["name"].replace("_", " ")).strip().lower()
        found.setdefault(name, embedded[entry["id"] - 1])
    embedded = np.load(folder / FILES[2]).astype(np.float32)
    with (folder / FILES[3]).open(encoding="utf-8", newline="") as file:
        for number, _, name in csv.reader(file):
            found.setdefault(name.strip().lower(), embedded[int(number) - 1])
    return {name: vector / np.linalg.norm(vector) for name, vector in found.items()}


def measured(table: dict, known: dict[str, np.ndarray]) -> tuple[list[Row], float]:
    """(a row for each category that CLIP can say something of, the median cosine of all words with all targets)."""
    spelled = {target: SPELLED.get(target, target) for target in table["targets"]}
    targets = np.stack([known[name] for name in spelled.values() if name in known])
    rows, every = [], []
    for category, entry in table["categories"].items():
        words = tuple(word for word in entry["words"] if word in known)
        if not words:
            continue
        embedded = np.stack([known[word] for word in words])
        every.append(embedded @ targets.T)
        name = spelled[entry["target"]]
        if name in known:
            rows.append(Row(category, entry["target"], words, tuple(map(float, embedded @ known[name]))))
    return rows, float(np.median(np.concatenate(every)))
