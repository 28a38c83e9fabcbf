"""Seconds and memory of one step with one encoder, in a process of its own so that no peak holds another's memory."""

from __future__ import annotations

import dataclasses
import multiprocessing
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import torch

from daemon.shading import device
from daemon.shading.encoders import latents
from daemon.shading.encoders.surrogate import Surrogate

from .configurations import ENCODERS

ENOUGH = 5.0  # seconds after which a measurement isn't repeated
MOST = 5  # measurements


class Cost(NamedTuple):
    """Of one encoder: millions of parameters, seconds of a step by the clock and of the processor, GiB at most."""

    parameters: float
    seconds: float
    processor: float
    peak: float


def alone(name: str, side: int, as_published: bool = False) -> Cost:
    """What a step costs with one of ``ENCODERS`` on a picture of side × side pixels, on the product's device.

    ``as_published``: in float32 and with everything remembered, as research code does it.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_here, name, side, as_published).result()


def _here(name: str, side: int, as_published: bool) -> Cost:
    on = device.pick()
    if as_published:
        on = dataclasses.replace(on, dtype=torch.float32)
        latents.LARGE = sys.maxsize
    encoder = ENCODERS[name][1]()
    surrogate = Surrogate(name, encoder.module, encoder.multiple, on)
    _step(surrogate, 64)
    steps = [_step(surrogate, side)]
    while sum(seconds for seconds, _ in steps) < ENOUGH and len(steps) < MOST:
        steps.append(_step(surrogate, side))
    parameters = sum(weight.numel() for weight in surrogate.module.parameters()) / 1e6
    seconds, processor = (statistics.median(column) for column in zip(*steps, strict=True))
    return Cost(parameters, seconds, processor, _peak(on))


def _step(surrogate: Surrogate, side: int) -> tuple[float, float]:
    """Seconds there and back, by the clock and of the processor."""
    x = torch.rand(1, 3, side, side, device=surrogate.device.torch).requires_grad_(True)
    began, worked = time.perf_counter(), time.process_time()
    (gradient,) = torch.autograd.grad(surrogate.encode(x).norm(), x)
    gradient.sum().item()  # a GPU isn't done before somebody asks
    return time.perf_counter() - began, time.process_time() - worked


def _peak(on: device.Device) -> float:
    """GiB that this process took at most; of the GPU's memory if it has one."""
    if on.torch.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
