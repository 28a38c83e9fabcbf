"""Messages of another version of the protocol are recognised, and nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.protocol.messages import Code, Error
from shared.protocol.wire import HEADER_BYTES, MAGIC, WireError, decode, encode, foreign


def header(**fields: Any) -> bytes:
    return json.dumps({"type": "ping", "id": "a", **fields}).encode()


def test_a_message_of_another_version_can_be_answered() -> None:
    assert foreign([b"SHADE/1", header(id="x")]) == (1, "x")
    assert foreign([b"SHADE/999", header(id="x", more=[1])]) == (999, "x")
    answer = encode(Error("x", Code.VERSION_MISMATCH, "No."), version=1)
    assert answer[0] == b"SHADE/1"
    assert decode(answer, {Error}, version=1)[0] == Error("x", Code.VERSION_MISMATCH, "No.")
    with pytest.raises(WireError):
        decode(answer, {Error})


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b"SHADE/1"],
        [MAGIC, header()],
        [b"SHADE/0", header()],
        [b"SHADE/1 ", header()],
        [b"SHADE/" + b"9" * 30, header()],
        [b"HTTP/1.1", header()],
        [b"SHADE/1", b"{}"],
        [b"SHADE/1", b'{"id":"../x"}'],
        [b"SHADE/1", b'{"id":7}'],
        [b"SHADE/1", b"\xff"],
        [b"SHADE/1", header(x=" " * HEADER_BYTES)],
    ],
)
def test_anything_else_is_of_no_version(frames: list[bytes]) -> None:
    assert foreign(frames) is None
