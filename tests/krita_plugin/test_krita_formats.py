"""What is sent of a layer: number format, order, space, and which of its pixels are translucent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krita_plugin.formats import XYZ, ColorSpace, Encoding, encoding_of, has_translucent, is_invisible
from shared.protocol.messages import BYTES_PER_CHANNEL, LAYOUTS, SPACES

DTYPES = {"U8": "uint8", "U16": "uint16", "F16": "float16", "F32": "float32"}
CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCbCrA": 4}
SRGB, LINEAR = "sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V2-g10.icc"
GRAY, LINEAR_GRAY = "Gray-D50-elle-V2-srgbtrc.icc", "Gray-D50-elle-V2-g10.icc"
AS_XYZ = Encoding(XYZ, "float32", "RGBA", "xyz")


def chosen(*space: str) -> Encoding:
    encoding = encoding_of(ColorSpace(*space))
    assert encoding is not None
    return encoding


@pytest.mark.parametrize("depth", DTYPES)
@pytest.mark.parametrize(
    ("model", "profile", "space"),
    [("RGBA", SRGB, "srgb"), ("RGBA", LINEAR, "linear"), ("GRAYA", GRAY, "srgb"), ("GRAYA", LINEAR_GRAY, "linear")],
)
def test_what_the_daemon_knows_goes_as_it_is(model: str, depth: str, profile: str, space: str) -> None:
    encoding = chosen(model, depth, profile)
    layout = "BGRA" if depth in ("U8", "U16") else "RGBA"
    assert encoding == Encoding(ColorSpace(model, depth, profile), DTYPES[depth], layout, space)
    assert encoding.bytes_per_pixel == 4 * BYTES_PER_CHANNEL[encoding.dtype]
    assert encoding.layout in LAYOUTS
    assert encoding.space in SPACES


@pytest.mark.parametrize("depth", DTYPES)
@pytest.mark.parametrize(
    ("model", "profile"),
    [
        ("RGBA", "ClayRGB-elle-V2-g22.icc"),
        ("RGBA", "sRGB-elle-V2-srgbtrc.icc copy"),
        ("RGBA", GRAY),  # a name that is known, of another model
        ("GRAYA", "Gray-D50-elle-V2-g22.icc"),
        ("CMYKA", "Chemical proof"),
        ("LABA", "Lab identity built-in"),
        ("YCbCrA", "YCbCr identity built-in"),
        ("XYZA", "XYZ identity built-in"),
    ],
)
def test_all_else_is_converted_to_xyz_and_loses_no_colour(model: str, depth: str, profile: str) -> None:
    assert chosen(model, depth, profile) == AS_XYZ
    assert AS_XYZ.bytes_per_pixel == 16


@pytest.mark.parametrize("space", [("A", "U8", ""), ("A", "F16", ""), ("SPECTRAL", "F32", "x"), ("RGBA", "F64", SRGB)])
def test_what_has_no_colours_or_is_unknown_has_no_encoding(space: tuple[str, str, str]) -> None:
    assert encoding_of(ColorSpace(*space)) is None


@pytest.mark.parametrize("model", CHANNELS)
@pytest.mark.parametrize("depth", DTYPES)
def test_bytes_of_a_pixel(model: str, depth: str) -> None:
    space, dtype = ColorSpace(model, depth, ""), np.dtype(DTYPES[depth])
    assert space.bytes_per_channel == dtype.itemsize
    assert space.bytes_per_pixel == CHANNELS[model] * dtype.itemsize
    assert space.has_integers is (dtype.kind == "u")


@pytest.mark.parametrize("depth", DTYPES)
@given(data=st.data())
def test_colours_go_and_come_as_they_are(depth: str, data: st.DataObject) -> None:
    encoding = chosen("RGBA", depth, SRGB)
    pixels = data.draw(st.binary(max_size=64))
    assert encoding.pack(pixels) is pixels
    assert encoding.unpack(pixels) is pixels


@pytest.mark.parametrize("depth", DTYPES)
@given(data=st.data())
def test_gray_is_sent_as_a_colour_of_equal_parts(depth: str, data: st.DataObject) -> None:
    encoding = chosen("GRAYA", depth, GRAY)
    size = np.dtype(DTYPES[depth]).itemsize
    count = 2 * size * data.draw(st.integers(0, 20))
    pixels = data.draw(st.binary(min_size=count, max_size=count))
    sent = encoding.pack(pixels)
    # As integers of that width, because a NaN equals nothing.
    whole = f"<u{size}"
    gray, alpha = np.frombuffer(pixels, whole).reshape(-1, 2).T
    np.testing.assert_array_equal(np.frombuffer(sent, whole).reshape(-1, 4), np.stack([gray, gray, gray, alpha], 1))
    assert encoding.unpack(sent) == pixels


@pytest.mark.parametrize("depth", DTYPES)
def test_of_an_answer_that_is_not_gray_green_is_taken(depth: str) -> None:
    answer = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], DTYPES[depth])
    gray = np.frombuffer(chosen("GRAYA", depth, GRAY).unpack(answer.tobytes()), DTYPES[depth])
    np.testing.assert_array_equal(gray, [2, 4, 6, 8])


@pytest.mark.parametrize("model", CHANNELS)
@pytest.mark.parametrize("depth", DTYPES)
@given(data=st.data())
def test_translucent_is_what_is_neither_opaque_nor_transparent(model: str, depth: str, data: st.DataObject) -> None:
    dtype = np.dtype(DTYPES[depth])
    full = np.array(np.iinfo(dtype).max if dtype.kind == "u" else 1, dtype).tobytes()
    ends = (bytes(dtype.itemsize), full)
    # Mixtures of both, byte by byte, are what could be taken for one of them.
    between = [a[:cut] + b[cut:] for cut in range(dtype.itemsize + 1) for a in ends for b in ends]
    alphas = data.draw(
        st.lists(st.sampled_from(ends), max_size=6)
        | st.lists(st.sampled_from(between), max_size=6)
        | st.lists(st.binary(min_size=dtype.itemsize, max_size=dtype.itemsize), max_size=6)
    )
    colour = (CHANNELS[model] - 1) * dtype.itemsize
    pixels = b"".join(data.draw(st.binary(min_size=colour, max_size=colour)) + alpha for alpha in alphas)
    space = ColorSpace(model, depth, "")
    assert has_translucent(pixels, space) is any(alpha not in ends for alpha in alphas)
    assert is_invisible(pixels, space) is all(alpha == ends[0] for alpha in alphas)
