"""Colours on the way to the engine and back: exact where nothing changed, close to Little CMS where something did."""

from __future__ import annotations

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from cmyk_profile import cmyk_profile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from daemon.pictures.colour import Plain, PlainCmyk, PlainGray, Profiled, conversion_for, from_engine, to_engine
from daemon.pictures.model import Metadata, PictureFile, full_scale, to_depth

Array = NDArray[Any]
D65, D50 = [0.3127, 0.3290, 1.0], [0.3457, 0.3585, 1.0]
PROFILES = {
    "wide": imagecodecs.cms_profile(
        "rgb", whitepoint=D65, primaries=[0.64, 0.33, 1.0, 0.21, 0.71, 1.0, 0.15, 0.06, 1.0], gamma=563 / 256
    ),
    "very wide": imagecodecs.cms_profile(
        "rgb", whitepoint=D50, primaries=[0.7347, 0.2653, 1.0, 0.1596, 0.8404, 1.0, 0.0366, 0.0001, 1.0], gamma=1.8
    ),
    "linear": imagecodecs.cms_profile(
        "rgb", whitepoint=D65, primaries=[0.64, 0.33, 1.0, 0.30, 0.60, 1.0, 0.15, 0.06, 1.0], gamma=1.0
    ),
    "gray 1.8": imagecodecs.cms_profile("gray", whitepoint=D50, gamma=1.8),
    "cmyk": cmyk_profile(),
}
COLOURS = {"gray 1.8": 1, "cmyk": 4}


def picture(colours: int, dtype: Any, icc: bytes | None = None, extra: int = 0, **fields: Any) -> PictureFile:
    random = np.random.default_rng(colours)
    samples = random.random((37, 53, colours + extra)) * full_scale(np.dtype(dtype))
    depth = to_depth(samples, np.dtype(dtype))
    return PictureFile(format="TIFF", samples=depth, colours=colours, metadata=Metadata(icc=icc), **fields)


def there_and_back(subject: PictureFile, change: Array | None = None) -> tuple[Array, Array, PictureFile]:
    """What was sent, what came back from an engine that adds ``change`` (sRGB, 0…1), and the picture after that."""
    conversion, _ = conversion_for(subject)
    sent = to_engine(subject, conversion)
    shaded = sent.copy()
    if change is not None:
        full = full_scale(sent.dtype)
        moved = np.clip(sent[:, :, :3] / full + change, 0, 1) * full
        shaded[:, :, :3] = to_depth(moved, sent.dtype)
    return sent, shaded, from_engine(subject, conversion, sent, shaded)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("profile", [None, *PROFILES])
def test_no_change_means_the_same_bytes(profile: str | None, dtype: Any) -> None:
    for colours in {COLOURS.get(profile, 3)} if profile else {1, 3, 4}:
        subject = picture(colours, dtype, PROFILES[profile] if profile else None, extra=1, alpha=colours)
        sent, _, after = there_and_back(subject)
        assert after.samples.tobytes() == subject.samples.tobytes()
        assert sent.shape == (37, 53, 4)
        alpha = subject.samples[:, :, colours].astype(np.float64) / subject.scale
        assert np.abs(sent[:, :, 3] / full_scale(sent.dtype) - alpha).max() < 1e-4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_srgb_goes_through_untouched(dtype: Any) -> None:
    for icc in (None, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()):
        subject = picture(3, dtype, icc)
        assert isinstance(conversion_for(subject)[0], Plain)
        sent, shaded, after = there_and_back(subject, np.full(3, 0.05))
        assert sent.dtype == dtype
        assert np.array_equal(sent[:, :, :3], subject.samples)
        assert np.array_equal(after.samples, shaded[:, :, :3])


def test_float_values_beyond_white_stay_beyond_white() -> None:
    subject = picture(3, np.float32)
    subject.samples[0, 0] = 4.0
    subject.samples[0, 1] = -0.25
    change = np.zeros((37, 53, 3))
    change[:, :, 1] = -0.02
    sent, _, after = there_and_back(subject, change)
    assert sent[0, 0, :3].tolist() == [1, 1, 1]
    assert after.samples[0, 0] == pytest.approx([4, 3.98, 4], abs=1e-6)
    assert after.samples[0, 1].tolist() == [-0.25] * 3


def little_cms(samples: Array, icc: bytes, mode: str) -> Array:
    """Pillow's own 8-bit conversion to sRGB, as the independent judge."""
    image = Image.fromarray(np.ascontiguousarray(samples[:, :, 0] if mode == "L" else samples))
    if mode == "CMYK":
        image = Image.frombytes("CMYK", (samples.shape[1], samples.shape[0]), samples.tobytes())
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None
    return np.array(converted)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_engine_sees_what_little_cms_shows(profile: str) -> None:
    colours = COLOURS.get(profile, 3)
    subject = picture(colours, np.uint8, PROFILES[profile])
    sent, _, _ = there_and_back(subject)
    expected = little_cms(subject.samples, PROFILES[profile], {1: "L", 3: "RGB", 4: "CMYK"}[colours])
    error = np.abs(sent[:, :, :3] / 257.0 - expected)
    assert error.mean() < 0.5
    assert error.max() < 2.5


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("profile", ["wide", "very wide", "linear", "gray 1.8"])
def test_the_change_looks_as_the_engine_meant_it(profile: str, dtype: Any) -> None:
    """Seen through the profile again, the picture has moved as far in sRGB as the engine moved it."""
    colours = COLOURS.get(profile, 3)
    subject = picture(colours, dtype, PROFILES[profile])
    subject.samples[:] = subject.samples // 3 + (int(subject.scale) // 3)  # well inside sRGB
    sent, shaded, after = there_and_back(subject, np.full(3, 0.03))
    seen = to_engine(after, conversion_for(after)[0])
    meant = (shaded.astype(float) - sent)[:, :, :3] / full_scale(sent.dtype)
    moved = (seen.astype(float) - sent)[:, :, :3] / full_scale(sent.dtype)
    inside = (sent[:, :, :3] > 0.02 * 65535).all(axis=2) & (sent[:, :, :3] < 0.95 * 65535).all(axis=2)
    error = np.abs(moved - meant)[inside]
    assert inside.mean() > 0.3
    # One level of 8 bits in a wide space can be several in sRGB, so there only the mean says something.
    assert (error.mean() < 1 / 255) if dtype is np.uint8 else (error.max() < 1.2e-3)


def test_cmyk_moves_the_right_way() -> None:
    subject = picture(4, np.uint16, PROFILES["cmyk"])
    subject.samples[:] = subject.samples // 3 + 10_000
    sent, _, after = there_and_back(subject, np.array([0.05, 0.0, -0.05]))
    seen = to_engine(after, conversion_for(after)[0]).astype(float)
    moved = ((seen - sent)[:, :, :3] / 65535).mean(axis=(0, 1))
    assert moved[0] > 0.02
    assert moved[2] < -0.02


def test_plain_cmyk_is_the_plain_formula() -> None:
    subject = picture(4, np.uint16)
    conversion, notes = conversion_for(subject)
    assert isinstance(conversion, PlainCmyk)
    assert notes
    subject.samples[:] = subject.samples // 2 + 8_000
    sent, shaded, after = there_and_back(subject, np.full(3, 0.01))
    seen = to_engine(after, conversion)
    assert np.abs(seen.astype(int) - shaded)[:, :, :3].max() <= 2
    assert np.array_equal(after.samples[:, :, 3], subject.samples[:, :, 3])
    assert sent.dtype == np.uint16


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_gray_change_of_a_gray_picture_arrives_exactly(dtype: Any) -> None:
    subject = picture(1, dtype, extra=1, alpha=1)
    assert isinstance(conversion_for(subject)[0], PlainGray)
    change = np.random.default_rng(1).normal(0, 0.03, (37, 53, 1))
    _, shaded, after = there_and_back(subject, change)
    assert np.array_equal(after.samples[:, :, 0], shaded[:, :, 0])
    assert np.array_equal(after.samples[:, :, 1], subject.samples[:, :, 1])


def test_premultiplied_alpha_is_divided_out_and_back() -> None:
    subject = picture(3, np.uint16, extra=1, alpha=3, premultiplied=True)
    subject.samples[:, :, :3] = 10_000
    subject.samples[:, :, 3] = 20_000
    subject.samples[0, 0] = 0
    sent, shaded, after = there_and_back(subject, np.full(3, 0.1))
    assert abs(int(sent[1, 1, 0]) - 32768) <= 1
    assert abs(int(after.samples[1, 1, 0]) - 12_000) <= 1
    assert after.samples[0, 0].tolist() == [0, 0, 0, 0], "nothing shows where nothing is"
    assert shaded.dtype == np.uint16


@pytest.mark.parametrize(
    "icc", [b"", b"not a profile", b"\0" * 200, PROFILES["wide"][:300], PROFILES["gray 1.8"], PROFILES["cmyk"]], ids=len
)
def test_an_unusable_profile_is_kept_and_noted(icc: bytes) -> None:
    subject = picture(3, np.uint8, icc)
    conversion, notes = conversion_for(subject)
    assert isinstance(conversion, Plain)
    assert bool(notes) == bool(icc)
    _, _, after = there_and_back(subject)
    assert after.metadata.icc == icc


def test_no_change_in_bands_makes_no_seams() -> None:
    """A picture of many bands equals the same picture in one."""
    wide = PictureFile(
        "TIFF", np.tile(picture(3, np.uint8).samples, (20, 20, 1)), 3, metadata=Metadata(PROFILES["wide"])
    )
    conversion = Profiled(PROFILES["wide"], 3)
    sent = to_engine(wide, conversion)
    assert np.array_equal(sent[:37, :53], sent[-37:, -53:])
    assert np.array_equal(sent, np.tile(sent[:37, :53], (20, 20, 1)))
