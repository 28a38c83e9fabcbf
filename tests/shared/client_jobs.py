"""Jobs for tests of the client: submitting them, and waiting for the end that they must come to."""

from __future__ import annotations

import os

from fake_daemon import Stage

from shared.client.events import Failed
from shared.protocol.messages import Code, Options, Submit, new_id

LARGE = (2000, 1500)  # 12 bands


def shade(stage: Stage, width: int, height: int, dtype: str = "uint8", mask: bool = False) -> tuple[str, bytes]:
    """Submit a picture of noise; its id and its bytes."""
    submit = Submit(new_id(), width, height, dtype, "BGRA", mask, Options("dog"))
    block = os.urandom(submit.total_bytes)
    view = memoryview(block)
    return stage.client.submit(submit, lambda offset, length: view[offset : offset + length]), block


def submit(stage: Stage, width: int = 300, height: int = 300, block: bytes | None = None) -> str:
    data = memoryview(bytes(width * height * 4) if block is None else block)
    return stage.client.submit(Submit(new_id(), width, height), lambda offset, length: data[offset : offset + length])


def failed(stage: Stage, id: str, code: Code = Code.INTERNAL, seconds: float = 0.02) -> Failed:
    end = stage.outcome(id, seconds)
    assert isinstance(end, Failed)
    assert end.problem.code is code
    assert end.problem.sentence.endswith(".")
    return end
