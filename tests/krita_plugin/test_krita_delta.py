"""The change is added to the original in long integers: the same as channel by channel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krita_plugin.delta import with_change

WIDTHS = (1, 2)


def reference(original: bytes, before: bytes, after: bytes, width: int) -> bytes:
    values = [np.frombuffer(each, f"<u{width}").astype(np.int64) for each in (original, before, after)]
    return (values[0] - values[1] + values[2]).clip(0, 256**width - 1).astype(f"<u{width}").tobytes()


@pytest.mark.parametrize("width", WIDTHS)
@given(data=st.data())
def test_each_channel_moves_by_its_own_change(width: int, data: st.DataObject) -> None:
    size = width * data.draw(st.integers(0, 20))
    original, before, after = (data.draw(st.binary(min_size=size, max_size=size)) for _ in range(3))
    assert with_change(original, before, after, width) == reference(original, before, after, width)


@pytest.mark.parametrize("width", WIDTHS)
@given(data=st.data())
def test_no_channel_runs_over_into_the_next(width: int, data: st.DataObject) -> None:
    top = 256**width - 1
    near = st.sampled_from([0, 1, 2, 255, 256, top // 2, top - 1, top]).map(lambda value: min(value, top))
    channels = data.draw(st.lists(st.tuples(near, near, near), min_size=1, max_size=20))
    original, before, after = (np.array(values, f"<u{width}").tobytes() for values in zip(*channels, strict=True))
    assert with_change(original, before, after, width) == reference(original, before, after, width)


@pytest.mark.parametrize("width", WIDTHS)
@given(data=st.data())
def test_without_a_change_nothing_changes(width: int, data: st.DataObject) -> None:
    size = width * data.draw(st.integers(0, 20))
    original, there_and_back = (data.draw(st.binary(min_size=size, max_size=size)) for _ in range(2))
    assert with_change(original, there_and_back, there_and_back, width) == original
