"""Messages over a pipe: ``count`` (1 byte), then for each frame its length (4 bytes, little endian) and its bytes.

Both ends are unbuffered binary files, which may read and write less than asked.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from io import FileIO

from ..protocol.wire import FRAME_BYTES, FRAMES

_COUNT = struct.Struct("<B")
_LENGTH = struct.Struct("<I")


class FramingError(Exception):
    """The pipe holds something other than messages, or ended inside one."""


def write_message(stream: FileIO, frames: Sequence[bytes | memoryview]) -> None:
    """Write one message; blocks while the pipe is full. Raises ``OSError`` if the reader has gone."""
    _write(stream, _COUNT.pack(len(frames)))
    for frame in frames:
        _write(stream, _LENGTH.pack(len(frame)))
        _write(stream, frame)


def read_message(stream: FileIO) -> list[bytes] | None:
    """Read one message; blocks until it is there. None once the writer has closed the pipe between two messages.

    Raises ``FramingError`` before anything larger than ``FRAME_BYTES`` is allocated.
    """
    first = stream.read(_COUNT.size)
    if not first:
        return None
    (count,) = _COUNT.unpack(first)
    if not 1 <= count <= FRAMES:
        raise FramingError(f"A message has 1 to {FRAMES} frames, not {count}.")
    frames = []
    for _ in range(count):
        (length,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
        if length > FRAME_BYTES:
            raise FramingError(f"A frame has at most {FRAME_BYTES} bytes, not {length}.")
        frames.append(_read(stream, length))
    return frames


def _write(stream: FileIO, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def _read(stream: FileIO, length: int) -> bytes:
    data = bytearray(length)
    view = memoryview(data)
    while view:
        count = stream.readinto(view)
        if not count:
            raise FramingError("The pipe ended inside a message.")
        view = view[count:]
    return bytes(data)
