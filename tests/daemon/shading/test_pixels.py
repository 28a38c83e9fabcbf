"""A layer's bytes: what may change, by how much, and that size and bands leave no trace."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as made
from made_pictures import disc, layer, waves
from torch import Tensor

from daemon.shading import pixels
from daemon.shading.pixels import PEAKS, Canvas, work_copy
from daemon.shading.views import resize
from shared.problem import Problem
from shared.protocol.messages import Code

DTYPES = tuple(PEAKS)
MOST = 8 / 255  # of the changes here, as of the gentler intensities'
ELEMENTS = {
    "uint8": st.integers(0, 255),
    "uint16": st.integers(0, 65_535),
    "float32": st.one_of(
        st.floats(0, 1, width=32), st.sampled_from([float("nan"), float("inf"), -float("inf"), -0.5, 1.5, 1e30, -1e-30])
    ),
}


def shaded(picture: Canvas, change: Tensor) -> np.ndarray:
    return picture.shaded(0, picture.size[0], change)


def noise(height: int, width: int, strength: float = 0.02) -> Tensor:
    return torch.randn(3, height, width, generator=torch.Generator().manual_seed(0)) * strength


def same(one: np.ndarray, two: np.ndarray) -> bool:
    """Equal bytes: NaN equals itself, and 0.0 is not −0.0."""
    return one.tobytes() == two.tobytes()


@given(data=st.data(), dtype=st.sampled_from(DTYPES), height=st.integers(1, 3), width=st.integers(1, 4))
@settings(max_examples=150)
def test_whatever_the_layer_and_the_change(data: st.DataObject, dtype: str, height: int, width: int) -> None:
    before = data.draw(made.arrays(dtype, (height, width, 4), elements=ELEMENTS[dtype]))
    mask = data.draw(st.none() | made.arrays(np.uint8, (height, width), elements=st.sampled_from([0, 1, 128, 255])))
    limit = float(np.float32(MOST))
    change = data.draw(made.arrays(np.float32, (3, height, width), elements=st.floats(-limit, limit, width=32)))
    kept = before.copy()
    after = shaded(Canvas(before, mask), torch.from_numpy(change))
    assert same(before, kept), "the input was modified"
    assert after.dtype == before.dtype
    assert after.shape == before.shape
    assert same(after[..., 3], before[..., 3]), "alpha changed"
    hidden = ~(before[..., 3] > 0) | (mask == 0 if mask is not None else np.zeros((height, width), bool))
    assert same(after[hidden], before[hidden]), "hidden pixels changed"
    with np.errstate(invalid="ignore"):
        outside = ~((before >= 0) & (before <= PEAKS[dtype]))
    assert same(after[outside], before[outside]), "values outside the range of display changed"
    inside = after[~outside].astype(np.float64)
    assert ((inside >= 0) & (inside <= PEAKS[dtype])).all()
    most = MOST * PEAKS[dtype] + (1e-7 if dtype == "float32" else 0)
    assert (np.abs(inside - before[~outside]) <= most).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_change_arrives_as_it_is(dtype: str) -> None:
    before = layer(waves(20, 30).clip(20, 230), dtype=dtype)
    change = noise(20, 30, 0.008).clamp(-MOST, MOST)
    moved = (shaded(Canvas(before), change)[..., :3].astype(np.float64) - before[..., :3]) / PEAKS[dtype]
    level = {"uint8": 1 / 255, "uint16": 1 / 65_535, "float32": 0}[dtype] + 1e-7
    assert np.abs(moved - change.permute(1, 2, 0).numpy()).max() <= level


@pytest.mark.parametrize("levels", [-1.5, -0.5, 0.1, 0.5, 2.75])
def test_a_part_of_a_level_is_kept_on_average_and_everywhere(levels: float) -> None:
    """On flat colour, over any 16 × 16 pixels; a gray pixel stays gray."""
    before = layer(np.full((64, 80, 3), 128, np.uint8))
    after = shaded(Canvas(before), torch.full((3, 64, 80), levels / 255))
    moved = after[..., :3].astype(int) - before[..., :3]
    assert (moved == moved[..., :1]).all()
    means = moved[..., 0].reshape(4, 16, 5, 16).mean((1, 3))
    assert means == pytest.approx(np.full((4, 5), levels), abs=0.06)
    assert set(np.unique(moved)) == {int(np.floor(levels)), int(np.floor(levels)) + 1}


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_half_a_mask_takes_half_the_change(dtype: str) -> None:
    before = layer(np.full((40, 40, 3), 128, np.uint8), dtype=dtype)
    change = noise(40, 40, 0.01).clamp(-MOST, MOST)
    moves = []
    for weight in (255, 128, 64):
        after = shaded(Canvas(before, np.full((40, 40), weight, np.uint8)), change)
        moves.append((after[..., :3].astype(np.float64) - before[..., :3]) / PEAKS[dtype])
    assert moves[1] == pytest.approx(moves[0] * 128 / 255, abs=2e-5)
    assert moves[2] == pytest.approx(moves[0] * 64 / 255, abs=2e-5)


def test_a_zero_change_changes_nothing() -> None:
    for dtype in DTYPES:
        before = layer(waves(9, 7), disc(9, 7), dtype)
        assert same(shaded(Canvas(before), torch.zeros(3, 9, 7)), before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_picture_looks_the_same_in_every_dtype(dtype: str) -> None:
    rgb, alpha = waves(13, 21), disc(13, 21)
    picture, plain = Canvas(layer(rgb, alpha, dtype)), Canvas(layer(rgb, alpha))
    torch.testing.assert_close(picture.over_white(0, 13), plain.over_white(0, 13), atol=1e-6, rtol=0)
    torch.testing.assert_close(picture.opacity(0, 13), plain.opacity(0, 13), atol=1e-6, rtol=0)


def test_transparent_is_white_and_takes_nothing() -> None:
    picture = Canvas(layer(waves(4, 4), np.diag([255] * 4)))
    white = picture.over_white(0, 4) == 1
    assert white.all(0)[~torch.eye(4, dtype=torch.bool)].all()
    assert torch.equal(picture.opacity(0, 4)[0], torch.eye(4))


def test_what_shines_through_is_the_background() -> None:
    picture = Canvas(layer(waves(4, 4), 128))
    assert not picture.is_opaque
    assert Canvas(layer(waves(4, 4))).is_opaque
    white, black = picture.over(1.0, 0, 4), picture.over(0.0, 0, 4)
    torch.testing.assert_close(white - black, torch.full_like(white, 1 - 128 / 255))
    assert torch.equal(white, picture.over_white(0, 4))


def test_over_white_of_wild_floats_is_finite() -> None:
    values = np.array([[[np.nan, np.inf, -np.inf, 1.0], [2.0, -1.0, 0.5, np.inf], [0.5, 0.5, 0.5, np.nan]]], np.float32)
    picture = Canvas(values)
    for planes in (picture.over_white(0, 1), picture.opacity(0, 1)):
        assert torch.isfinite(planes).all()
        assert planes.min() >= 0
        assert planes.max() <= 1
    assert picture.opacity(0, 1).flatten().tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4, 3), np.uint8),
        np.zeros((4, 4), np.uint8),
        np.zeros((0, 4, 4), np.uint8),
        np.zeros((4, 0, 4), np.uint8),
        np.zeros((4, 4, 4), np.float64),
        np.zeros((4, 4, 4), np.int16),
    ],
    ids=lambda array: f"{array.shape} {array.dtype}",
)
def test_what_is_no_layer_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(Problem) as refusal:
        Canvas(wrong)
    assert (refusal.value.key, refusal.value.code) == ("engine.bad_pixels", Code.BAD_REQUEST)


@pytest.mark.parametrize("mask", [np.zeros((4, 5), np.uint8), np.zeros((4, 4), bool), np.zeros((4, 4, 1), np.uint8)])
def test_a_mask_that_does_not_fit_is_refused(mask: np.ndarray) -> None:
    with pytest.raises(Problem) as refusal:
        Canvas(np.zeros((4, 4, 4), np.uint8), mask)
    assert (refusal.value.key, refusal.value.code) == ("engine.bad_mask", Code.BAD_REQUEST)


def test_a_small_layer_is_its_own_work_copy() -> None:
    picture = Canvas(layer(waves(30, 41), disc(30, 41)), waves(30, 41, 1)[..., 0])
    colour, opacity = work_copy(picture, 30, 41)
    torch.testing.assert_close(colour[0], picture.over_white(0, 30))
    torch.testing.assert_close(opacity[0], picture.opacity(0, 30))


@pytest.mark.parametrize(("size", "work"), [((512, 512), (64, 64)), ((400, 500), (80, 100)), ((399, 503), (51, 64))])
def test_large_layers_shrink_as_if_at_once(
    size: tuple[int, int], work: tuple[int, int], coffee: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb = np.pad(coffee, ((0, 112), (0, 0), (0, 0)), "reflect")[: size[0], : size[1]]
    picture = Canvas(layer(rgb, disc(*size)))
    whole = work_copy(picture, *work)
    for planes, at_once in zip(whole, (picture.over_white(0, size[0]), picture.opacity(0, size[0])), strict=True):
        assert (planes - resize(at_once[None], *work)).square().mean().sqrt() < 0.02
    monkeypatch.setattr(pixels, "BAND_ROWS", 24)
    for one, two in zip(whole, work_copy(picture, *work), strict=True):
        torch.testing.assert_close(one, two, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (3, 1000)])
def test_work_copy_of_thin_layers(size: tuple[int, int]) -> None:
    colour, opacity = work_copy(Canvas(layer(np.full((*size, 3), 77, np.uint8))), 1, min(50, size[1]))
    assert colour.shape == (1, 3, 1, min(50, size[1]))
    torch.testing.assert_close(colour, torch.full_like(colour, 77 / 255), atol=1e-5, rtol=0)
    torch.testing.assert_close(opacity, torch.ones_like(opacity), atol=1e-5, rtol=0)
