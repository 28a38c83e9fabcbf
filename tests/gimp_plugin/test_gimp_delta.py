"""What changed is found, and what didn't is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gimp_plugin import delta

SIZES = st.tuples(st.integers(1, 300), st.integers(1, 300))


@given(SIZES, st.sampled_from([1, 4, 16]), st.data())
def test_tiles_carry_every_change_and_none_is_without_one(
    size: tuple[int, int], pixel: int, data: st.DataObject
) -> None:
    width, height = size
    before = bytes(width * height * pixel)
    after = bytearray(before)
    for place in data.draw(st.lists(st.integers(0, len(before) - 1), max_size=5)):
        after[place] = 7
    rebuilt = bytearray(before)
    for tile in delta.changed(memoryview(before), memoryview(after), width, pixel):
        assert tile.before != tile.after
        assert tile.x + tile.width <= width
        assert tile.y + tile.height <= height
        for row in range(tile.height):
            start = ((tile.y + row) * width + tile.x) * pixel
            length = tile.width * pixel
            assert before[start : start + length] == tile.before[row * length : (row + 1) * length]
            rebuilt[start : start + length] = tile.after[row * length : (row + 1) * length]
    assert rebuilt == after


@given(st.lists(st.sampled_from([0, 1, 8, 15, 255, None]), min_size=1, max_size=40))
def test_kept_runs_are_the_pixels_that_are_equal(changes: list[int | None]) -> None:
    """Each entry is a pixel: None is unchanged, a number says which of its bytes (mod 16) changed."""
    before = bytes(range(256)) * 3
    before = before[: len(changes) * 16]
    after = bytearray(before)
    for pixel, byte in enumerate(changes):
        if byte is not None:
            after[pixel * 16 + byte % 16] ^= 0xFF
    runs = list(delta.kept(delta.Tile(0, 0, len(changes), 1, before, bytes(after))))
    kept = [pixel for run in runs for pixel in range(run.start, run.stop)]
    assert kept == [pixel for pixel, byte in enumerate(changes) if byte is None]
