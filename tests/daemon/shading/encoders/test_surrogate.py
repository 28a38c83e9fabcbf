"""A surrogate's number format: the device's, unless the encoder's values don't fit into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from made_pictures import unit, waves
from torch import Tensor, nn

from daemon.shading.device import Device
from daemon.shading.encoders.surrogate import Surrogate


class Steep(nn.Module):
    """Makes numbers as large as ``size`` on the way, and latents of an ordinary size in the end."""

    def __init__(self, size: float) -> None:
        super().__init__()
        self.size = size
        self.first, self.last = (nn.Conv2d(channels, 3, 8 // step, 8 // step) for channels, step in ((3, 1), (3, 8)))

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.first(x) * self.size / self.size)


def photographs() -> Iterator[Tensor]:
    """Can be gone through only once, as the engine's."""
    for seed in range(3):
        yield unit(waves(64, 64, seed))


@pytest.mark.parametrize(
    ("dtype", "size", "kept"),
    [(torch.float16, 1, True), (torch.float16, 1e6, False), (torch.bfloat16, 1e6, True), (torch.float32, 1e6, True)],
)
def test_what_is_too_large_for_float16_runs_in_float32(dtype: torch.dtype, size: float, kept: bool) -> None:
    torch.manual_seed(0)
    surrogate = Surrogate("steep", Steep(size), 8, Device(torch.device("cpu"), dtype, "CPU"))
    surrogate.standardise(photographs())
    assert surrogate.dtype == (dtype if kept else torch.float32)
    x = unit(waves(64, 64)).requires_grad_(True)
    latents = surrogate.encode(x)
    assert latents.dtype == torch.float32
    assert latents.isfinite().all()
    (gradient,) = torch.autograd.grad(latents.square().sum(), x)
    assert gradient.isfinite().all()


def test_everybody_counts_the_same_unless_told_otherwise() -> None:
    on = Device(torch.device("cpu"), torch.float32, "CPU")
    assert Surrogate("one", nn.AvgPool2d(8), 8, on).weight == 1
    assert Surrogate("one", nn.AvgPool2d(8), 8, on, weight=2.5).weight == 2.5
