"""Alpha among the bytes of a picture. What GEGL makes of formats is tested in real GIMP."""

from __future__ import annotations

from array import array

import pytest

from gimp_plugin import formats


@pytest.mark.parametrize(("dtype", "code", "full"), [("uint8", "B", 255), ("uint16", "H", 65_535), ("float32", "f", 1)])
def test_opaque_means_every_alpha_is_full(dtype: str, code: str, full: int) -> None:
    pixels = [0, 1, 0, full] * 50
    assert formats.opaque(memoryview(array(code, pixels).tobytes()), dtype)
    pixels[-1] -= 1
    assert not formats.opaque(memoryview(array(code, pixels).tobytes()), dtype)


@pytest.mark.parametrize(("dtype", "code"), [("uint8", "B"), ("uint16", "H"), ("float32", "f")])
def test_alpha_of_one_and_colours_of_the_other(dtype: str, code: str) -> None:
    alphas = array(code, range(40))
    colours = array(code, range(100, 140))
    merged = array(code, formats.with_alpha_of(alphas.tobytes(), memoryview(colours.tobytes()), dtype))
    assert list(merged) == [k if k % 4 == 3 else 100 + k for k in range(40)]
