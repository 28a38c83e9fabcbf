from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from io import FileIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.client.framing import FramingError, read_message, write_message
from shared.protocol.wire import FRAME_BYTES, FRAMES


@pytest.fixture
def pipe() -> Iterator[tuple[FileIO, FileIO]]:
    reading, writing = os.pipe()
    with FileIO(reading, "rb") as source, FileIO(writing, "wb") as sink:
        yield source, sink


def through_a_pipe(data: bytes) -> list[bytes] | None:
    """What ``read_message`` makes of ``data`` (which fits a pipe's buffer) followed by the end."""
    reading, writing = os.pipe()
    with FileIO(reading, "rb") as source:
        with FileIO(writing, "wb") as sink:
            sink.write(data)
        return read_message(source)


def test_messages_larger_than_the_pipe_arrive_whole_and_in_order(pipe: tuple[FileIO, FileIO]) -> None:
    source, sink = pipe
    messages = [[b"a"], [b"", b"b", os.urandom(FRAME_BYTES)], [memoryview(b"xyz")[1:]]]

    def write() -> None:
        for message in messages:
            write_message(sink, message)
        sink.close()

    writer = threading.Thread(target=write)
    writer.start()
    received = [read_message(source) for _ in range(4)]
    writer.join()
    assert received == [*messages, None]


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        bytes([FRAMES + 1]) + b"\x00" * 100,
        b"\xff",
        b"\x01",
        b"\x01\x05\x00",
        b"\x01\x05\x00\x00\x00abcd",
        b"\x02\x01\x00\x00\x00a",
        b"\x01" + struct.pack("<I", FRAME_BYTES + 1),
        b"\x01\xff\xff\xff\xff",
    ],
)
def test_something_else_is_an_error(data: bytes) -> None:
    with pytest.raises(FramingError):
        through_a_pipe(data)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_random_bytes(data: bytes) -> None:
    try:
        message = through_a_pipe(data)
    except FramingError:
        return
    assert message is None or 1 <= len(message) <= FRAMES


def test_a_reader_that_has_gone_is_an_os_error(pipe: tuple[FileIO, FileIO]) -> None:
    source, sink = pipe
    source.close()
    with pytest.raises(OSError, match="pipe"):
        write_message(sink, [b"x"])
