"""Which device shades, and in which number format it is fastest."""

from __future__ import annotations

import platform
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Device:
    """A torch device, the dtype encoders run in there, and a name for people, e.g. ``CPU (bfloat16)``."""

    torch: torch.device
    dtype: torch.dtype
    name: str


def _named(kind: str, dtype: torch.dtype, hardware: str) -> Device:
    return Device(torch.device(kind), dtype, f"{hardware} ({str(dtype).removeprefix('torch.')})")


def cpu() -> Device:
    """The processor: bfloat16 where it has instructions for it (2.4 times as fast as float32 there), else float32."""
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # private names: absent ones count as no
    fast = any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)
    return _named("cpu", torch.bfloat16 if fast else torch.float32, "CPU")


def pick() -> Device:
    """The best device of this machine: NVIDIA or AMD GPU, Apple GPU, Intel GPU, processor, in this order."""
    if torch.cuda.is_available():  # ROCm builds of torch answer here too
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return _named("cuda", dtype, torch.cuda.get_device_name())
    if torch.backends.mps.is_available():
        return _named("mps", torch.float16, f"Apple GPU, {platform.machine()}")
    if torch.xpu.is_available():
        return _named("xpu", torch.bfloat16, torch.xpu.get_device_name())
    return cpu()


def channels_last(module: nn.Module) -> None:
    """Lay a network's weights out as the convolutions of all devices like them best; in place."""
    module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  (missing in torch's overloads)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that the device's or the computer's memory ran out."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
