from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from krita_plugin.chunks import Chunks

PIECES = st.lists(st.binary(max_size=20), max_size=12)


@given(PIECES, st.integers(0, 300), st.integers(0, 300))
def test_reading_is_slicing(pieces: list[bytes], offset: int, length: int) -> None:
    chunks = Chunks()
    for piece in pieces:
        chunks.append(piece)
    whole = b"".join(pieces)
    assert len(chunks) == len(whole)
    assert bytes(chunks.read(offset, length)) == whole[offset : offset + length]


@given(PIECES, st.integers(1, 50))
def test_bands_of_any_size_make_up_the_whole(pieces: list[bytes], band: int) -> None:
    chunks = Chunks()
    for piece in pieces:
        chunks.append(piece)
    read = [bytes(chunks.read(offset, band)) for offset in range(0, len(chunks), band)]
    assert all(len(part) == band for part in read[:-1])
    assert b"".join(read) == b"".join(pieces)


def test_a_band_within_a_piece_is_not_copied() -> None:
    chunks = Chunks()
    piece = bytearray(b"abcdef")
    chunks.append(b"ghi")
    chunks.append(piece)
    view = chunks.read(4, 4)
    piece[2] = ord("X")
    assert bytes(view) == b"bXde"


def test_pieces_count_as_bytes_whatever_they_hold() -> None:
    chunks = Chunks()
    chunks.append(memoryview(b"abcdefgh").cast("I"))
    chunks.append(b"i")
    assert len(chunks) == 9
    assert chunks.read(6, 9) == b"ghi"
