"""What a replica paints when it is asked for a class."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.proof.latents import SHAPE
from tests.proof.model.flow import Flow

BATCH = 256


@torch.no_grad()
def sample(model: Flow, number: int, count: int, guidance: float, steps: int, seed: int) -> Tensor:
    """(count, 32, 8, 8) standardised latents of a class, on the processor.

    Classifier-free guidance (Ho and Salimans 2022): v = v(none) + guidance · (v(class) − v(none)); at 1 the second
    model is not asked. The solver is Adams–Bashforth of second order with equal steps from noise (0) to data (1); the
    first step and the last, after which nothing is left to correct, are Euler's.
    """
    on = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed * 1000 + number)
    parts = []
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        x = torch.randn(size, *SHAPE, generator=generator).to(on)
        of_class = torch.full((size,), number, device=on)
        of_none = torch.full_like(of_class, model.classes)
        before: Tensor | None = None
        for step in range(steps):
            time = torch.full((size,), step / steps, device=on)
            with torch.autocast(on.type, torch.bfloat16):
                velocity = model(x, time, of_class).float()
                if guidance != 1:
                    velocity = torch.lerp(model(x, time, of_none).float(), velocity, guidance)
            if before is None or step == steps - 1:
                x = x + velocity / steps
            else:
                x = x + torch.lerp(before, velocity, 1.5) / steps
            before = velocity
        parts.append(x.cpu())
    return torch.cat(parts)
