"""The pairs that detectors are judged on, the figures that come of it, and that the network learns what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from daemon.shading import anchors
from tests.bench.detection import detectors
from tests.bench.detection import pairs as making
from tests.bench.detection.detectors import STATISTICS, train
from tests.bench.detection.pairs import SIDE, Pairs, Source, cut, make, sources
from tests.bench.detection.roc import auc, found_at, interval, judged

SOURCE = Source("drawing", "a", Path("a.png"))


def hills(seed: int) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8: smooth, as a drawing is."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(20, 236, (6, 6, 3), np.uint8))
    return np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) // 8 * 8


def noisy(clean: np.ndarray, levels: int = 6) -> np.ndarray:
    """With noise of so many levels."""
    signs = np.random.default_rng(1).choice([-levels, levels], clean.shape)
    return (clean.astype(int) + signs).clip(0, 255).astype(np.uint8)


def some_pairs(count: int, seed: int = 0) -> Pairs:
    clean = np.stack([hills(seed + number) for number in range(count)])
    return Pairs(SOURCE, False, clean, noisy(clean))


def test_the_area_counts_what_ranks_higher() -> None:
    low, high = np.array([0.0, 1.0, 2.0]), np.array([3.0, 4.0])
    assert auc(low, high) == 1
    assert auc(high, low) == 0
    assert auc(low, low) == 0.5
    assert auc(np.array([0.0, 1.0]), np.array([1.0])) == 0.75


def test_what_is_found_at_a_rate_of_false_alarms() -> None:
    clean, shaded = np.arange(100.0), np.array([50.0, 95.5, 98.5, 200.0])
    assert [found_at(clean, shaded, rate) for rate in (0, 0.01, 0.05, 1)] == [0.25, 0.5, 0.75, 1]


def test_the_interval_holds_the_area() -> None:
    rng = np.random.default_rng(0)
    scores = [(rng.normal(0, 1, 8), rng.normal(1, 1, 8)) for _ in range(20)]
    low, high = interval(scores)
    clean, shaded = (np.concatenate(side) for side in zip(*scores, strict=True))
    assert low < auc(clean, shaded) < high


@pytest.mark.parametrize("name", ["high-pass residual", "residual where it is smooth", "pixels unlike their neighbour"])
def test_statistics_see_noise_on_smooth_pictures(name: str) -> None:
    made = some_pairs(4)
    assert (STATISTICS[name](made.shaded) > STATISTICS[name](made.clean)).all()


def test_colour_noise_is_told_from_grey() -> None:
    clean = np.full((1, SIDE, SIDE, 3), 128, np.uint8)
    grey = clean + np.random.default_rng(0).integers(0, 9, (1, SIDE, SIDE, 1), np.uint8)
    measure = STATISTICS["colour in the residual"]
    assert measure(grey)[0] < measure(noisy(clean))[0]


def test_crops_that_are_blank_or_unchanged_are_no_pairs() -> None:
    clean = np.concatenate([hills(0), np.full_like(hills(0), 255), hills(1)], axis=1)
    shaded = noisy(clean)
    shaded[:, 2 * SIDE :] = clean[:, 2 * SIDE :]
    before, after = cut(clean, shaded, np.random.default_rng(0))
    assert np.array_equal(before, clean[None, :, :SIDE])
    assert np.array_equal(after, shaded[None, :, :SIDE])
    assert len(cut(clean, clean, np.random.default_rng(0))[0]) == 0


def test_pictures_have_kinds_and_a_wallpaper_is_one_picture(tmp_path: Path) -> None:
    drawings, walls = tmp_path / "usr/share/openclipart/png/animals", tmp_path / "usr/share/wallpapers"
    for file in (drawings / "dog.png", walls / "Hills/contents/1.png", walls / "Hills/contents/2.png"):
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(hills(0)[: 200 if file.stem == "1" else SIDE]).save(file)
    found = sources(tmp_path, None)
    assert [(source.kind, source.name) for source in found] == [("drawing", "dog"), ("wallpaper", "Hills")]
    assert found[1].path.stem == "2"


def test_pairs_are_made_once_and_are_what_the_engine_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "SHEETS", (SIDE,))
    monkeypatch.setattr(making, "LEAST_CROPS", 1)
    photograph = Source("photograph", "astronaut", anchors.photographs.folder() / "astronaut.png")
    broken = Source("drawing", "broken", tmp_path / "broken.png")
    broken.path.write_bytes(b"no picture")
    (none, first) = make(tmp_path / "kept", [broken, photograph, photograph], 1, "fast")
    assert (len(none.clean), len(first.clean)) == (0, 1)
    assert 0 < np.abs(first.shaded.astype(int) - first.clean).max() < 30
    (apart,) = make(tmp_path / "apart", [photograph], 1, "fast", processes=2)
    assert apart.clean.shape == apart.shaded.shape == (4, SIDE, SIDE, 3), "512 × 512 pixels are four crops"
    monkeypatch.setattr(making, "_pair", None)  # not needed again
    (_, again) = make(tmp_path / "kept", [broken, photograph], 1, "fast")
    assert np.array_equal(again.shaded, first.shaded)


def test_the_network_finds_noise_in_pictures_it_hasnt_seen_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detectors, "BATCH", 4)
    monkeypatch.setattr(detectors, "WINDOW", 64)
    kept, found, held = tmp_path / "net.pt", [some_pairs(32)], some_pairs(6, 100)
    train(found, 1, kept)
    first = kept.read_bytes()
    train(found, 1, kept)
    assert kept.read_bytes() == first, "nothing was left to do"
    detect = train(found, 6, kept).detector()
    assert auc(detect(held.clean[:, :96, :96]), detect(held.shaded[:, :96, :96])) > 0.9


def test_a_row_of_the_table() -> None:
    row = judged("residual", STATISTICS["high-pass residual"], [some_pairs(3), some_pairs(2, 50)])
    assert row[:3] == ["residual", "1.000 (1.000 – 1.000)", 1.0]
    assert row[3:5] == ["–", "–"], "there is no photograph and no wallpaper"
    assert row[-1] == "100 %"
