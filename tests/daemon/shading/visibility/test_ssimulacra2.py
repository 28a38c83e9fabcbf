"""The visibility metric against the PyPI package ``ssimulacra2``, which somebody else wrote.

On photographs of scikit-image, 232 × 260, with noise, blur, JPEG and blobs the two agree to 0.01, near 100, where the
score is steep, to 0.04. So the 83 weights that are left out cost nothing that matters.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from made_pictures import jpeg, unit, waves
from PIL import Image, ImageFilter
from reference_metric import reference_score
from ssimulacra2 import compute_ssimulacra2
from torch.nn import functional as F

from daemon.shading.visibility import ssimulacra2, xyb
from daemon.shading.visibility.ssimulacra2 import Ssimulacra2, of_tensor

PHOTOGRAPHS = ("coffee.png", "astronaut.png", "grass.png", "moon.png")


def score(original: np.ndarray, changed: np.ndarray) -> float:
    metric = Ssimulacra2(of_tensor(unit(original)[0]), *original.shape[:2])
    return metric(of_tensor(unit(changed)[0]))


def rounded(x: np.ndarray) -> np.ndarray:
    return x.round().clip(0, 255).astype(np.uint8)


def noisy(rgb: np.ndarray, strength: float) -> np.ndarray:
    return rounded(rgb + np.random.default_rng(0).normal(0, strength, rgb.shape))


def blurred(rgb: np.ndarray, radius: float) -> np.ndarray:
    return np.array(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(radius)))


def blobs(rgb: np.ndarray, strength: float) -> np.ndarray:
    """Blobs of about 16 pixels: what a change made at a small work size looks like."""
    height, width = rgb.shape[:2]
    coarse = np.random.default_rng(0).normal(0, strength, (1, 3, max(2, height // 16), max(2, width // 16)))
    fine = F.interpolate(torch.from_numpy(coarse), (height, width), mode="bicubic")[0]
    return rounded(rgb + fine.permute(1, 2, 0).numpy())


def fine_changes(rgb: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for strength in (1, 4, 8):
        yield f"noise {strength}", noisy(rgb, strength)
    yield "blur 0.5", blurred(rgb, 0.5)
    yield "JPEG 90", jpeg(rgb, 90)
    yield "JPEG 50", jpeg(rgb, 50)


def changes(rgb: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield from fine_changes(rgb)
    yield "blobs 3", blobs(rgb, 3)
    yield "blobs 12", blobs(rgb, 12)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_agrees_with_the_package_on_photographs(name: str, photograph: Callable[[str], np.ndarray]) -> None:
    original = photograph(name)[:232, :260]
    for kind, changed in changes(original):
        assert score(original, changed) == pytest.approx(reference_score(original, changed), abs=0.06), kind


def published(original: np.ndarray, changed: np.ndarray) -> float:
    """The package's own function, on files."""

    def file(rgb: np.ndarray) -> io.BytesIO:
        png = io.BytesIO()
        Image.fromarray(rgb).save(png, "PNG", compress_level=0)
        png.seek(0)
        return png

    return compute_ssimulacra2(file(original), file(changed))


@pytest.mark.parametrize("name", ["coffee.png", "moon.png"])
def test_agrees_with_the_package_as_published(name: str, photograph: Callable[[str], np.ndarray]) -> None:
    original = photograph(name)[:240, :320]
    for kind, changed in changes(original):
        assert score(original, changed) == pytest.approx(published(original, changed), abs=0.06), kind


def test_the_reference_is_the_published_one(coffee: np.ndarray) -> None:
    original = coffee[:228, :240]
    changed = jpeg(original, 50)
    assert reference_score(original, changed) == pytest.approx(published(original, changed), abs=1e-9)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (8, 9), (33, 17), (97, 131), (63, 255), (225, 301)])
def test_agrees_at_odd_and_small_sizes(height: int, width: int, astronaut: np.ndarray) -> None:
    original = astronaut[100 : 100 + height, 100 : 100 + width]
    for kind, changed in (("noise", noisy(original, 5)), ("JPEG", jpeg(original, 60))):
        assert score(original, changed) == pytest.approx(reference_score(original, changed), abs=0.06), kind


@pytest.mark.parametrize("rows", [6, 16, 50, 128])
def test_bands_do_not_show(rows: int, coffee: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    original = coffee[:131, :99]
    changed = blobs(noisy(original, 3), 2)
    whole = score(original, changed)
    monkeypatch.setattr(ssimulacra2, "BAND_ROWS", rows)
    assert score(original, changed) == pytest.approx(whole, abs=1e-3)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (7, 300), (8, 8), (57, 101), (300, 33)])
def test_identical_pictures_score_100(height: int, width: int) -> None:
    picture = waves(height, width)
    assert 99.9 < score(picture, picture) <= 100  # not quite 100: the score is steep there, and sums are in float32


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (7, 300), (300, 7)])
def test_too_small_for_the_metric(height: int, width: int) -> None:
    picture = waves(height, width)
    assert math.isnan(score(picture, picture ^ 1))


def test_stronger_changes_score_lower(astronaut: np.ndarray) -> None:
    original = astronaut[:96, :96]
    for change in (noisy, blobs, blurred):
        scores = [score(original, change(original, strength)) for strength in (0.6, 1, 2, 4, 8)]
        assert scores == sorted(scores, reverse=True), change.__name__
        assert scores[0] < 100


def test_tiles_score_as_if_they_were_cut_out(coffee: np.ndarray) -> None:
    """But for their edges, beyond which a tile that is cut out sees black or itself."""
    original = coffee[:400, :600]
    changed = original.copy()
    changed[:, :300] = noisy(original, 6)[:, :300]
    changed[:256, :256] = noisy(original, 2)[:256, :256]
    metric = Ssimulacra2(of_tensor(unit(original)[0]), 400, 600)
    found = metric.scores(of_tensor(unit(changed)[0]))
    assert found.tiles.shape == (2, 2)  # 600 = 256 + 344: what is left is less than half a tile
    for row, rows in enumerate((np.s_[:256], np.s_[256:])):
        for column, columns in enumerate((np.s_[:256], np.s_[256:])):
            alone = score(original[rows, columns], changed[rows, columns])
            assert float(found.tiles[row, column]) == pytest.approx(alone, abs=1.5)
    assert found.worst == float(found.tiles.min()) < found.whole


def test_one_scorer_serves_many_versions(astronaut: np.ndarray) -> None:
    original = astronaut[:64, :80]
    versions = [noisy(original, 2), jpeg(original, 30), original, noisy(original, 9)]
    metric = Ssimulacra2(of_tensor(unit(original)[0]), 64, 80)
    assert [metric(of_tensor(unit(x)[0])) for x in versions] == [score(original, x) for x in versions]


def test_the_blur_of_a_gpu_is_that_of_a_cpu(coffee: np.ndarray) -> None:
    """Both ways of computing it, on what there is here, with their gradients."""
    found = []
    for blur in (xyb.shifted_sums, xyb.products):
        x = unit(coffee[:90, :131])[0].requires_grad_()
        blurred = blur(x)
        (gradient,) = torch.autograd.grad((blurred * blurred).sum(), x)
        found.append((blurred.detach(), gradient))
    for one, two in zip(*found, strict=True):
        assert one.shape == two.shape
        assert torch.allclose(one, two, atol=1e-5)
