"""Jobs for tests of the client: submitting them, and waiting for the end that they must come to."""

from __future__ import annotations

import os

from fake_daemon import Stage

from shared import protocol
from shared.events import Failed
from shared.protocol import Code, Options

LARGE = (2000, 1500)  # 12 bands


def shade(stage: Stage, width: int, height: int, dtype: str = "uint8", mask: bool = False) -> tuple[str, bytes]:
    """Submit a picture of noise; its id and its bytes."""
    size = protocol.Submit("x", width, height, dtype, mask=mask).total_bytes
    block = os.urandom(size)
    view = memoryview(block)
    id = stage.client.submit(
        width, height, dtype, "BGRA", mask, Options("dog"), lambda offset, length: view[offset : offset + length]
    )
    return id, block


def submit(stage: Stage, width: int = 300, height: int = 300, block: bytes | None = None) -> str:
    data = memoryview(bytes(width * height * 4) if block is None else block)
    return stage.client.submit(
        width, height, "uint8", "RGBA", False, Options(), lambda offset, length: data[offset : offset + length]
    )


def failed(stage: Stage, id: str, code: Code = Code.INTERNAL, seconds: float = 0.02) -> Failed:
    end = stage.outcome(id, seconds)
    assert isinstance(end, Failed)
    assert end.code is code
    assert end.message.endswith(".")
    return end
