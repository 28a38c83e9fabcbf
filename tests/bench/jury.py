"""What is measured of a shaded picture: how far it has come, and how much of that can be seen."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import flip_evaluator
import numpy as np
from PIL import Image
from ssimulacra2.ssimulacra2 import compute_ssimulacra2

from daemon.shading import anchors
from daemon.shading.pixels import Canvas
from daemon.shading.report import difference
from tests.judge import Judge, views

MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "models"


class Jury:
    """Two encoders that see the shift: TAEF2, the embedded surrogate's teacher, and TAESANA, a stranger."""

    columns = (*(name for name, _ in views(Image.new("RGB", (32, 32)))), "TAEF2 mean", "TAESANA mean")

    def __init__(self, models: Path = MODELS) -> None:
        """``models``: the folder with the judges' weights."""
        self.judges = [Judge(models / f"{name}_encoder.pth") for name in ("taef2", "taesana")]

    def shifts(self, original: Image.Image, shaded: Image.Image, target: str) -> list[float]:
        """A figure for each of ``columns``: TAEF2's by view, then the means over the views."""
        anchor = anchors.of_target(target)
        seen = [judge.shifts(original, shaded, anchor) for judge in self.judges]
        return [*seen[0].values(), *(statistics.mean(shifts.values()) for shifts in seen)]


VISIBILITY = ("SSIMULACRA2", "FLIP", "PSNR")


def visibility(original: Image.Image, shaded: Image.Image) -> list[float]:
    """A figure for each of ``VISIBILITY``, of two RGB pictures at full size."""
    before, after = (np.array(image.convert("RGBA")) for image in (original, shaded))
    return [ssimulacra2(original, shaded), flip(original, shaded), difference(Canvas(before), after)["psnr"]]


def ssimulacra2(original: Image.Image, shaded: Image.Image) -> float:
    """By the independent implementation, which reads files; 100 is identical."""
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "original.png", Path(folder) / "shaded.png"
        original.save(one, compress_level=1)
        shaded.save(two, compress_level=1)
        return float(compute_ssimulacra2(str(one), str(two)))


def flip(original: Image.Image, shaded: Image.Image) -> float:
    """Mean FLIP error (Andersson et al. 2020) at 67 pixels per degree; 0 is identical."""
    one, two = (np.asarray(image, np.float32) / 255 for image in (original, shaded))
    return float(flip_evaluator.evaluate(one, two, "LDR")[1])
