"""Rectangles, against the sets of their pixels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.editor.rect import Rect

coordinates = st.integers(-8, 8)
sides = st.integers(0, 8)
rects = st.builds(Rect, coordinates, coordinates, sides, sides)


def cells(rect: Rect) -> list[tuple[int, int]]:
    """The pixels of a rectangle, from the top."""
    return [(x, y) for y in range(rect.y, rect.y + rect.height) for x in range(rect.x, rect.x + rect.width)]


@given(rects, rects)
def test_the_intersection_is_what_both_cover(one: Rect, other: Rect) -> None:
    both = one.intersection(other)
    assert both.width >= 0
    assert both.height >= 0
    assert set(cells(both)) == set(cells(one)) & set(cells(other))


@given(rects, rects)
def test_what_is_around_and_what_is_inside_make_up_the_whole(outer: Rect, other: Rect) -> None:
    inner = outer.intersection(other)
    if not cells(inner):
        return
    parts = [cell for part in outer.around(inner) for cell in cells(part)]
    assert sorted([*parts, *cells(inner)]) == sorted(cells(outer))
    assert len(outer.around(inner)) <= 4
    assert all(cells(part) for part in outer.around(inner))


@given(rects, st.integers(0, 70))
def test_rows_are_the_rectangle_in_order(rect: Rect, most: int) -> None:
    bands = rect.rows(most)
    assert [cell for band in bands for cell in cells(band)] == cells(rect)
    for band in bands:
        assert (band.x, band.width) == (rect.x, rect.width)
        assert band.height == 1 or band.width * band.height <= most


places = st.builds(Rect, st.integers(-500, 500), st.integers(-500, 500), st.integers(1, 600), st.integers(1, 600))


@given(places, st.integers(-2000, 2000), st.integers(-2000, 2000), st.integers(1, 300))
def test_a_square_is_inside_its_place_and_as_large_as_can_be(place: Rect, x: int, y: int, side: int) -> None:
    square = place.square_around(x, y, side)
    assert (square.width, square.height) == (min(side, place.width), min(side, place.height))
    assert square.intersection(place) == square


def test_a_square_is_around_its_middle_where_there_is_room() -> None:
    assert Rect(-10, 0, 600, 600).square_around(200, 300, 100) == Rect(150, 250, 100, 100)
