"""The device: the best there is, in a number format that works there, and errors that mean “no memory”."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from daemon.shading import device
from daemon.shading.device import is_out_of_memory


def test_the_device_that_is_picked_can_do_what_is_asked_of_it() -> None:
    picked = device.pick()
    layer = nn.Conv2d(3, 8, 3, 2, 1).to(picked.torch, picked.dtype)
    x = torch.rand(1, 3, 16, 16, device=picked.torch, dtype=picked.dtype, requires_grad=True)
    layer(x).float().square().sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_the_name_is_for_people() -> None:
    for picked in (device.pick(), device.cpu()):
        assert str(picked.dtype).removeprefix("torch.") in picked.name
    assert device.cpu().name.startswith("CPU (")
    assert device.cpu().torch.type == "cpu"


def test_the_processor_computes_in_float32_where_it_has_no_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, probe, lambda: False, raising=False)
    assert device.cpu().dtype == torch.float32
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True, raising=False)
    assert device.cpu().dtype == torch.bfloat16
    for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, probe)  # as in a torch that has renamed them
    assert device.cpu().dtype == torch.float32


def test_graphics_before_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    order = [(torch.xpu, "xpu"), (torch.backends.mps, "mps"), (torch.cuda, "cuda")]
    for module, _ in order:
        monkeypatch.setattr(module, "is_available", lambda: False)
    monkeypatch.setattr(torch.xpu, "get_device_name", lambda: "Arc")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "GeForce")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert device.pick() == device.cpu()
    for module, kind in order:  # each new one goes before those that are there already
        monkeypatch.setattr(module, "is_available", lambda: True)
        assert device.pick().torch.type == kind
    assert device.pick().name == "GeForce (float16)"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert device.pick().dtype == torch.bfloat16


def test_a_real_failure_to_allocate_is_out_of_memory() -> None:
    with pytest.raises(RuntimeError) as failure:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(failure.value)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("full"), MemoryError(), RuntimeError("MPS backend out of memory (MPS …)")]
)
def test_out_of_memory(error: BaseException) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("out of memory"), OSError("no memory")])
def test_not_out_of_memory(error: BaseException) -> None:
    assert not is_out_of_memory(error)
