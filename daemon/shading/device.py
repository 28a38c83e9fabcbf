"""The device that shades, and the number format that is fastest on it."""

from __future__ import annotations

import platform
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Device:
    """A torch device, the dtype that encoders run in on it, and a name for people, e.g. ``CPU (bfloat16)``."""

    torch: torch.device
    dtype: torch.dtype
    name: str


def _named(kind: str, dtype: torch.dtype, hardware: str) -> Device:
    return Device(torch.device(kind), dtype, f"{hardware} ({str(dtype).removeprefix('torch.')})")


def cpu() -> Device:
    """The processor: bfloat16 where it has instructions for it (2.4 times as fast as float32 there), else float32."""
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # private names, so a missing one counts as no
    fast = any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)
    return _named("cpu", torch.bfloat16 if fast else torch.float32, "CPU")


def pick() -> Device:
    """The best device here: an NVIDIA or AMD GPU, an Apple GPU, an Intel GPU or the processor, in this order."""
    if torch.cuda.is_available():  # ROCm builds of torch answer here too
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return _named("cuda", dtype, torch.cuda.get_device_name())
    if torch.backends.mps.is_available():
        return _named("mps", torch.float16, f"Apple GPU, {platform.machine()}")
    if torch.xpu.is_available():
        return _named("xpu", torch.bfloat16, torch.xpu.get_device_name())
    return cpu()


def channels_last(module: nn.Module) -> None:
    """Put a network's weights into the layout in which convolutions are fastest on every device; in place."""
    module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  (missing in torch's overloads)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that the device or the computer ran out of memory."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
