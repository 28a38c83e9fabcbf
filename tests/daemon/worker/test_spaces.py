"""Into the engine's colours and back: what it didn't change comes back as it was, what it did as it meant it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from daemon.shading.visibility.budget import GRAY
from daemon.worker.spaces import D50, ROWS, from_srgb, to_srgb
from shared.protocol.messages import BYTES_PER_CHANNEL, SPACES

DTYPES = tuple(BYTES_PER_CHANNEL)
EVERY = [(dtype, space) for dtype in DTYPES for space in SPACES]
MADE_ANEW = [each for each in EVERY if each[1] != "srgb" or each[0] == "float16"]


def peak(dtype: str) -> float:
    return float(np.iinfo(dtype).max) if dtype.startswith("u") else 1.0


def pixel_arrays(dtype: str) -> st.SearchStrategy[np.ndarray]:
    """(h, w, 4), any bits at all: in floats also colours far outside, infinities and every kind of NaN."""
    whole = np.dtype(f"u{BYTES_PER_CHANNEL[dtype]}")
    shapes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.just(4))
    ordinary = st.floats(-0.5, 2, width=16 if dtype == "float16" else 32)
    any_bits = arrays.arrays(whole, shapes).map(lambda bits: bits.view(dtype))
    return any_bits if dtype.startswith("u") else any_bits | arrays.arrays(dtype, shapes, elements=ordinary)


def random_pixels(dtype: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).random(shape)
    return np.rint(values * peak(dtype)).astype(dtype) if dtype.startswith("u") else values.astype(dtype)


def bits(pixels: np.ndarray) -> np.ndarray:
    """For comparisons in which a NaN equals itself."""
    return np.ascontiguousarray(pixels).view(f"u{pixels.itemsize}")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_what_the_engine_knows_is_not_touched(dtype: str) -> None:
    pixels = random_pixels(dtype, (3, 4, 4))
    sent = to_srgb(pixels, "srgb")
    assert sent is pixels
    shaded = pixels[::-1].copy()
    assert from_srgb(pixels, sent, shaded, "srgb") is shaded


@pytest.mark.parametrize(("dtype", "space"), EVERY)
@given(data=st.data())
def test_what_the_engine_left_alone_comes_back_bit_for_bit(dtype: str, space: str, data: st.DataObject) -> None:
    pixels = data.draw(pixel_arrays(dtype))
    before = pixels.copy()
    sent = to_srgb(pixels, space)
    assert sent.dtype == (pixels.dtype if sent is pixels else np.float32)
    back = from_srgb(pixels, sent, sent.copy(), space)
    assert back.dtype == pixels.dtype
    np.testing.assert_array_equal(bits(back), bits(before))
    np.testing.assert_array_equal(bits(pixels), bits(before))


@pytest.mark.parametrize(("dtype", "space"), MADE_ANEW)
def test_one_changed_pixel_is_the_only_one(dtype: str, space: str) -> None:
    """Also across the bands in which it is worked."""
    pixels = random_pixels(dtype, (2 * ROWS + 3, 3, 4))
    sent = to_srgb(pixels, space)
    shaded = sent.copy()
    places = [(0, 0), (ROWS - 1, 2), (ROWS, 0), (2 * ROWS + 2, 1)]
    for place in places:
        shaded[place][:3] = 1 - shaded[place][:3]
    back = from_srgb(pixels, sent, shaded, space)
    changed = (bits(back) != bits(pixels)).any(-1)
    assert sorted(zip(*map(list, np.nonzero(changed)), strict=True)) == sorted(places)


@pytest.mark.parametrize(("dtype", "space"), MADE_ANEW)
def test_what_the_engine_changed_looks_as_it_meant_it(dtype: str, space: str) -> None:
    pixels = random_pixels(dtype, (40, 50, 4))
    sent = to_srgb(pixels, space)
    shaded = sent.copy()
    # Colours inside of sRGB, of which integers in XYZ cut nothing off.
    shaded[..., :3] = random_pixels("float32", (40, 50, 3), seed=1)
    back = from_srgb(pixels, sent, shaded, space)
    # Half a step of the format in its own space. After the matrix that is up to 5.3 times as much, and near black up
    # to 12.92 times as much after sRGB's curve.
    step = {"uint8": 1 / 255, "uint16": 1 / 65_535, "float16": 2**-11, "float32": 2**-24}[dtype]
    slope = {"srgb": 1.0, "linear": 12.92, "xyz": 12.92 * 5.3}[space]
    error = np.abs(to_srgb(back, space)[..., :3] - shaded[..., :3])
    assert error.max() <= slope * (step / 2 + 2**-22)


@pytest.mark.parametrize(("dtype", "space"), EVERY)
@given(data=st.data())
def test_alpha_is_never_touched(dtype: str, space: str, data: st.DataObject) -> None:
    pixels = data.draw(pixel_arrays(dtype))
    sent = to_srgb(pixels, space)
    shaded = sent.copy()
    shaded[..., :3] = shaded[..., 2::-1]
    back = from_srgb(pixels, sent, shaded, space)
    np.testing.assert_array_equal(bits(back[..., 3]), bits(pixels[..., 3]))
    scale = peak(dtype) if sent is not pixels else 1.0
    with np.errstate(invalid="ignore"):  # NumPy warns of NaNs of the signalling kind
        expected = (pixels[..., 3].astype(np.float64) / scale).astype(sent.dtype)
    np.testing.assert_array_equal(sent[..., 3], expected)


def test_linear_light_is_the_standards_curve() -> None:
    """Values from the formula of IEC 61966-2-1, below and above its knee, and mirrored below 0."""
    linear = np.array([0, 0.001, 0.0031308, 0.18, 0.5, 1, 4], np.float32)
    encoded = [0, 0.01292, 0.04045, 0.46135613, 0.73535698, 1, 1.82479632]
    pixels = np.ones((2, len(linear), 4), np.float32)
    pixels[0, :, :3], pixels[1, :, :3] = linear[:, None], -linear[:, None]
    sent = to_srgb(pixels, "linear")
    np.testing.assert_allclose(sent[0, :, 0], encoded, atol=2e-6)
    np.testing.assert_array_equal(sent[1, :, :3], -sent[0, :, :3])


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_white_is_white(dtype: str) -> None:
    white = np.ones((1, 1, 4), dtype)
    white[..., :3] = D50
    sent = to_srgb(white, "xyz")
    np.testing.assert_allclose(sent, 1, atol=1e-3 if dtype == "float16" else 1e-6)
    black = np.zeros((1, 1, 4), np.float32)
    shaded = np.ones((1, 1, 4), np.float32)
    back = from_srgb(black, to_srgb(black, "xyz"), shaded, "xyz")
    np.testing.assert_allclose(back[0, 0, :3], D50, rtol=1e-6)
    assert back[0, 0, 3] == 0


def test_primaries_are_those_of_the_profile() -> None:
    """sRGB's primaries relative to D50, as in the profiles that sRGB is published with (rXYZ, gXYZ, bXYZ)."""
    published = np.array([[0.4361, 0.2225, 0.0139], [0.3851, 0.7169, 0.0971], [0.1431, 0.0606, 0.7141]])
    black = np.zeros((1, 3, 4), np.float32)
    shaded = np.zeros((1, 3, 4), np.float32)
    shaded[0, :, :3] = np.eye(3)
    back = from_srgb(black, to_srgb(black, "xyz"), shaded, "xyz")
    np.testing.assert_allclose(back[0, :, :3], published, atol=2e-4)


@given(st.integers(0, 2000).map(lambda level: level / 1000))
def test_gray_stays_gray(level: float) -> None:
    """Of any level, brighter than white too: channels that differ by less than the budget's limit are one gray."""
    pixels = np.ones((1, 1, 4), np.float32)
    pixels[..., :3] = level * D50
    colours = to_srgb(pixels, "xyz")[0, 0, :3]
    assert colours.max() - colours.min() < GRAY


def test_colours_outside_of_srgb_survive() -> None:
    """A laser's green and a violet that no screen shows, each shaded a little in the channel that is inside."""
    pixels = np.array([[[0.05, 0.6, 0.02, 1], [0.4, 0.1, 1.2, 0.5]]], np.float32)
    sent = to_srgb(pixels, "xyz")
    colours = sent[0, :, :3]
    assert ((colours < 0) | (colours > 1)).any(1).all()
    shaded = sent.copy()
    shaded[..., :3] += np.float32(0.02)
    back = from_srgb(pixels, sent, shaded, "xyz")
    np.testing.assert_allclose(to_srgb(back, "xyz"), shaded, atol=1e-5)
    assert (back != pixels)[..., :3].all()
    assert np.abs(back - pixels).max() < 0.2


@pytest.mark.parametrize("space", ["srgb", "linear", "xyz"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_one_bad_pixel_spoils_no_other(dtype: str, space: str) -> None:
    pixels = random_pixels(dtype, (1, 4, 4))
    pixels[0, 1, 0], pixels[0, 2, 1] = np.nan, np.inf
    sent = to_srgb(pixels, space)
    shaded = sent.copy()
    shaded[0, (0, 3), :3] = 0.5
    back = from_srgb(pixels, sent, shaded, space)
    assert np.isfinite(back[0, (0, 3)]).all()
    np.testing.assert_array_equal(bits(back[0, 1:3]), bits(pixels[0, 1:3]))
