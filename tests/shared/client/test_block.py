"""Pieces as one block of bytes: pixels and mask, or bands that come one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.client.block import Block


@given(st.integers(0, 48 + 12), st.integers(0, 60))
def test_any_piece_of_pixels_and_mask_can_be_asked_for(offset: int, length: int) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    mask = np.arange(100, 112, dtype=np.uint8).reshape(3, 4)
    whole = pixels.tobytes() + mask.tobytes()
    assert bytes(Block(pixels.data, mask.data)(offset, length)) == whole[offset : offset + length]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
def test_pixels_of_any_type_are_their_bytes(dtype: str) -> None:
    pixels = np.arange(64).astype(dtype).reshape(4, 4, 4)
    assert bytes(Block(pixels.data)(0, pixels.nbytes)) == pixels.tobytes()


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 50))
def test_bands_of_any_size_make_up_the_whole(pieces: list[bytes], band: int) -> None:
    block = Block()
    for piece in pieces:
        block.append(piece)
    assert len(block) == sum(map(len, pieces))
    read = [bytes(block(offset, band)) for offset in range(0, len(block), band)]
    assert all(len(part) == band for part in read[:-1])
    assert b"".join(read) == b"".join(pieces)


def test_nothing_is_copied_but_where_pixels_and_mask_meet() -> None:
    pixels, mask = bytearray(b"pixels"), bytearray(b"mask")
    block = Block(pixels, mask)
    for offset, length, buffer in ((1, 3, pixels), (6, 2, mask)):
        piece = block(offset, length)
        assert isinstance(piece, memoryview)
        assert piece.obj is buffer
    assert block(4, 4) == b"lsma"
