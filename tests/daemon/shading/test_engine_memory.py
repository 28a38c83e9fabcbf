"""When memory runs out: smaller, then on the processor, then a sentence."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from checked_shading import shade
from made_pictures import layer, waves

from daemon.shading import attempt, device
from daemon.shading import engine as engine_module
from daemon.shading.device import Device
from daemon.shading.engine import Engine
from daemon.shading.errors import Cancelled
from daemon.shading.recipes import RECIPES
from shared.problem import Problem
from shared.protocol.messages import Code


class FullMemory:
    """The engine's ``attempt``, with too little memory for the first few."""

    def __init__(self, failures: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failures, self.error = failures, error
        self.tried: list[tuple[int, str]] = []
        monkeypatch.setattr(engine_module, "attempt", self)

    def __call__(self, picture: Any, plan: Any, surrogates: Any, progress: Any) -> Any:
        self.tried.append((plan.work_side, surrogates[0].device.name))
        if len(self.tried) <= self.failures:
            raise self.error
        return attempt.attempt(picture, plan, surrogates, progress)


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError()], ids=lambda error: type(error).__name__
)
def test_when_memory_runs_out_it_goes_on_smaller(
    failures: int, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = FullMemory(failures, error, monkeypatch)
    result = shade(Engine(), layer(waves(64, 64)))
    assert len(memory.tried) == failures + 1
    assert memory.tried[0][0] == RECIPES["fast"].work_side
    assert all(two[0] < one[0] or two[1] != one[1] for one, two in zip(memory.tried, memory.tried[1:], strict=False))
    assert result.report["note_keys"] == [
        {"key": "engine.memory_ran_out", "values": {"side": side, "device": device}}
        for side, device in memory.tried[:failures]
    ]
    assert len(result.report["notes"]) == failures
    assert result.report["device"] == memory.tried[-1][1]
    assert result.report["difference"]["changed"] > 0


def test_when_there_is_never_enough_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = FullMemory(99, torch.OutOfMemoryError("CUDA out of memory."), monkeypatch)
    with pytest.raises(Problem) as refusal:
        shade(Engine(), layer(waves(64, 64)))
    assert (refusal.value.key, refusal.value.code) == ("engine.out_of_memory", Code.OUT_OF_MEMORY)
    assert len(memory.tried) >= 3
    assert memory.tried[-1][1].startswith("CPU")


def test_other_errors_are_not_taken_for_full_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = FullMemory(99, RuntimeError("sizes differ"), monkeypatch)
    with pytest.raises(RuntimeError, match="sizes differ"):
        shade(Engine(), layer(waves(64, 64)))
    assert len(memory.tried) == 1


def test_a_graphics_card_that_fails_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Device(torch.device("meta"), torch.float32, "Broken GPU")
    monkeypatch.setattr(device, "pick", lambda: broken)
    memory = FullMemory(1, RuntimeError("CUDA error: no kernel image is available"), monkeypatch)
    engine = Engine()
    result = shade(engine, layer(waves(64, 64)))
    assert [name for _, name in memory.tried] == ["Broken GPU", device.cpu().name]
    assert memory.tried[1][0] == RECIPES["fast"].work_side, "there is no reason to work on less"
    assert [note["key"] for note in result.report["note_keys"]] == ["engine.device_failed"]
    assert "Broken GPU" in result.report["notes"][0]
    assert engine.device == result.report["device"] == device.cpu().name
    shade(engine, layer(waves(64, 64)))
    assert memory.tried[2][1] == device.cpu().name


def test_a_cancel_is_never_taken_for_full_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = FullMemory(99, Cancelled(), monkeypatch)
    with pytest.raises(Cancelled):
        shade(Engine(), layer(waves(64, 64)))
    assert len(memory.tried) == 1
