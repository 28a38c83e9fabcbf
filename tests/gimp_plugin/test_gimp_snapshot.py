from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gimp_plugin.shading import Block
from gimp_plugin.snapshot import Place

PLACES = st.builds(Place, st.integers(-500, 500), st.integers(-500, 500), st.integers(1, 600), st.integers(1, 600))


@given(PLACES, st.integers(-2000, 2000), st.integers(-2000, 2000), st.integers(1, 300))
def test_a_square_is_inside_its_place_and_as_large_as_can_be(place: Place, x: int, y: int, side: int) -> None:
    square = place.square_around(x, y, side)
    assert (square.width, square.height) == (min(side, place.width), min(side, place.height))
    assert place.x <= square.x
    assert square.x + square.width <= place.x + place.width
    assert place.y <= square.y
    assert square.y + square.height <= place.y + place.height


def test_a_square_is_around_its_middle_where_there_is_room() -> None:
    assert Place(-10, 0, 600, 600).square_around(200, 300, 100) == Place(150, 250, 100, 100)


@given(st.binary(min_size=1, max_size=50), st.one_of(st.none(), st.binary(max_size=20)), st.integers(1, 30))
def test_a_block_is_the_pixels_and_then_the_mask(pixels: bytes, mask: bytes | None, length: int) -> None:
    whole = pixels + (mask or b"")
    block = Block(pixels, mask)
    pieces = [bytes(block(offset, min(length, len(whole) - offset))) for offset in range(0, len(whole), length)]
    assert b"".join(pieces) == whole
