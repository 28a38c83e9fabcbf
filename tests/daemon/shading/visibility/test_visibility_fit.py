"""The strength of a change: the score it is said to have is the score it has, by a metric that somebody else wrote."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from made_pictures import disc, layer, ramp, waves
from reference_metric import reference_score
from torch import Tensor

from daemon.shading.pixels import Canvas, Enlarged
from daemon.shading.visibility import fit
from daemon.shading.visibility.fit import STRONGEST, Visibility

FLOORS = [85.0, 70.0, 60.0]


def change(picture: Canvas, coarse: int = 2, strength: float = 5 / 255) -> Enlarged:
    """Signs at a smaller size, as the optimisation makes them."""
    height, width = (max(1, side // coarse) for side in picture.size)
    signs = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0)).sign()
    return Enlarged(signs * strength, *picture.size)


def over_white(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) in 0…1."""
    return Canvas(pixels).over_white(0, pixels.shape[0]).permute(1, 2, 0).numpy().astype(np.float64)


def laid_on(picture: Canvas, what: Enlarged, strength: float) -> np.ndarray:
    height = picture.size[0]
    return picture.shaded(0, height, what.rows(0, height) * strength)


def nothing() -> None:
    pass


@pytest.mark.parametrize("floor", FLOORS)
@pytest.mark.parametrize("kind", ["photograph", "16 bits", "float", "waves", "ramp", "soft alpha", "masked"])
def test_the_score_is_real_and_above_the_floor(kind: str, floor: float, coffee: np.ndarray) -> None:
    rgb = coffee[40:168, 100:240]
    dtype = {"16 bits": "uint16", "float": "float32"}.get(kind, "uint8")
    made = {"waves": waves(120, 90), "ramp": ramp(99, 128)}.get(kind, rgb)
    alpha = disc(*made.shape[:2]) if kind == "soft alpha" else 255
    picture = Canvas(layer(made, alpha, dtype), disc(*made.shape[:2]) if kind == "masked" else None)
    what = change(picture)
    fit = Visibility.of(picture).fit(what, floor, nothing)
    shaded = laid_on(picture, what, fit.strength)
    assert fit.score >= floor
    assert reference_score(over_white(picture.pixels), over_white(shaded)) == pytest.approx(fit.score, abs=0.1)
    assert fit.score <= floor + 3 or fit.strength > 0.9 * STRONGEST, "room was left"
    assert not np.array_equal(shaded, picture.pixels)


def test_a_higher_floor_gives_a_weaker_change(astronaut: np.ndarray) -> None:
    picture = Canvas(layer(astronaut[:100, 150:260]))
    what, scorer = change(picture), Visibility.of(picture)
    strengths = [scorer.fit(what, floor, nothing).strength for floor in (90.0, 80.0, 70.0, 60.0)]
    assert strengths == sorted(strengths)
    assert strengths[0] < strengths[-1]


@pytest.mark.parametrize("strength", [0.0005, 0.3])
def test_much_too_weak_and_much_too_strong_changes(strength: float, astronaut: np.ndarray) -> None:
    picture = Canvas(layer(astronaut[:80, 150:250]))
    fit = Visibility.of(picture).fit(change(picture, strength=strength), 70.0, nothing)
    assert fit.score >= 70
    assert 0 < fit.strength <= STRONGEST


def test_too_small_for_the_metric() -> None:
    picture = Canvas(layer(waves(5, 40)))
    fit = Visibility.of(picture).fit(change(picture), 70.0, nothing)
    assert fit.strength == 1.0
    assert math.isnan(fit.score)


def test_every_try_can_be_cancelled(coffee: np.ndarray) -> None:
    picture = Canvas(layer(coffee[:64, :64]))
    tries = []
    Visibility.of(picture).fit(change(picture), 70.0, lambda: tries.append(1))

    def stop() -> None:
        raise InterruptedError

    assert len(tries) >= 2
    with pytest.raises(InterruptedError):
        Visibility.of(picture).fit(change(picture), 70.0, stop)


def pixels_of(scorer: Visibility) -> int:
    return sum(bottom - top for top, bottom in scorer.stripes) * scorer.picture.size[1]


def scored(scorer: Visibility, picture: Canvas) -> list[float]:
    what = change(picture, coarse=4)
    return [scorer.score(what, strength) for strength in (0.4, 1.0)]


def test_stripes_stand_for_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Canvas(layer(waves(800, 600)))
    monkeypatch.setattr(fit, "SAMPLE_PIXELS", 150_000)
    monkeypatch.setattr(fit, "STRIPE", 64)
    sample, whole = Visibility.sample(picture), Visibility.of(picture)
    assert whole.is_whole
    assert not sample.is_whole
    assert pixels_of(sample) <= 150_000
    assert sample.stripes[0][0] == 0
    assert sample.stripes[-1][1] == 800
    assert all(one[1] <= two[0] for one, two in zip(sample.stripes, sample.stripes[1:], strict=False))
    assert scored(sample, picture) == pytest.approx(scored(whole, picture), abs=3)


def test_stripes_are_the_layers_own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "SAMPLE_PIXELS", 2_000)
    monkeypatch.setattr(fit, "STRIPE", 16)
    rgb = waves(300, 40)
    seen: list[Tensor] = []
    picture = Canvas(layer(rgb))
    sample = Visibility.sample(picture)
    stacked = np.concatenate([rgb[top:bottom] for top, bottom in sample.stripes])
    rows = sample._rows(picture.over_white)
    for top in range(0, len(stacked), 10):  # bands that begin and end within stripes
        seen.append(rows(top, min(len(stacked), top + 10)))
    assert torch.equal(torch.cat(seen, 1), Canvas(layer(stacked)).over_white(0, len(stacked)))


def test_small_layers_are_looked_at_whole() -> None:
    for size in ((8, 8), (1, 700), (900, 700)):
        assert Visibility.sample(Canvas(np.zeros((*size, 4), np.uint8))).is_whole


def test_a_large_layer_is_sampled() -> None:
    picture = Canvas(np.broadcast_to(np.uint8(200), (4096, 4096, 4)))
    sample = Visibility.sample(picture)
    assert not sample.is_whole
    assert pixels_of(sample) <= 2 * fit.STRIPE * 4096
