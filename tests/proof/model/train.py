"""Training a replica: progress lines, a checkpoint every minute or so, and the same result after a resume."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tests.proof.model.flow import Flow
from tests.proof.places import device, keep, needed
from tests.proof.presets import Preset

DROPPED = 0.1  # share of the examples that are learned without their class, which guidance needs
MEMORY = 0.998  # of the averaged weights, which are the ones that are sampled
EVERY = 100  # steps between lines
KEPT = 60  # seconds between checkpoints, at least; there is one only where there is a line
WARM_UP = 100  # steps over which the rate rises; it falls to nothing along a cosine afterwards


@dataclass(frozen=True)
class Lesson:
    """``latents`` (classes, pictures, 2 mirrorings, 32, 8, 8); of each class the first ``counts`` pictures are used."""

    latents: Tensor
    counts: Tensor

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Latents (batch, 32, 8, 8) in float32 and their classes (batch,): classes are equally likely."""
        on = generator.device
        classes = torch.randint(len(self.counts), (batch,), generator=generator, device=on)
        picture = (torch.rand(batch, generator=generator, device=on) * self.counts[classes]).long()
        mirrored = torch.randint(2, (batch,), generator=generator, device=on)
        return self.latents[classes, picture, mirrored].float(), classes

    def to(self, on: torch.device) -> Lesson:
        """The same on a device."""
        return Lesson(self.latents.to(on), self.counts.to(on))


def _rate(step: int, steps: int, preset: Preset) -> float:
    warm = min(1.0, (step + 1) / WARM_UP)
    return preset.rate * warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, step / steps)))


def _loss(model: Flow, latents: Tensor, classes: Tensor, generator: torch.Generator) -> Tensor:
    """The mean square error of the velocity, at times drawn from a logit-normal distribution."""
    count, on = len(latents), generator.device
    t = torch.randn(count, generator=generator, device=on).sigmoid()
    noise = torch.randn(latents.shape, generator=generator, device=on)
    classes = torch.where(torch.rand(count, generator=generator, device=on) < DROPPED, model.classes, classes)
    at = t[:, None, None, None]
    with torch.autocast(on.type, torch.bfloat16):
        velocity = model((1 - at) * noise + at * latents, t, classes)
    return (velocity.float() - (latents - noise)).square().mean()


def train(lesson: Lesson, preset: Preset, seed: int, checkpoint: Path, base: Path | None = None) -> tuple[Flow, float]:
    """The replica with averaged weights, in evaluation mode, and the minutes of processor time that it took.

    Goes on from the checkpoint if there is one. ``base`` is the checkpoint of another replica whose averaged weights it
    begins with, all but the classes' own, which are new.
    """
    torch.manual_seed(seed)
    on = device()
    model = Flow(preset.width, preset.depth, len(lesson.counts)).to(on)
    if base is not None:
        place = needed(base, "the replica that this run begins with; train it first")
        weights = torch.load(place, map_location=on, weights_only=True)["average"]
        model.load_state_dict({**model.state_dict(), **{k: v for k, v in weights.items() if not k.startswith("names")}})
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    optimiser = torch.optim.AdamW(model.parameters(), preset.rate, (0.9, 0.98), weight_decay=0.01, fused=True)
    generator, lesson = torch.Generator(on).manual_seed(seed), lesson.to(on)
    first, steps, spent = 0, preset.steps(len(lesson.counts)), 0.0
    if checkpoint.exists():
        found = torch.load(checkpoint, map_location=on, weights_only=True)
        model.load_state_dict(found["model"])
        optimiser.load_state_dict(found["optimiser"])
        average, first, spent = found["average"], found["step"], found.get("minutes", 0.0)
        generator.set_state(found["generator"].cpu())
    started, worked, summed = time.monotonic(), time.process_time(), torch.zeros((), device=on)
    kept = started
    for step in range(first, steps):
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, steps, preset)
        loss = _loss(model, *lesson.draw(preset.batch, generator), generator)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        memory = min(MEMORY, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            average[name].lerp_(value, 1 - memory)
        summed += loss.detach()
        if (step + 1) % EVERY == 0 or step + 1 == steps:
            done = step + 1 - first
            seconds = (time.monotonic() - started) / done
            left = seconds * (steps - step - 1) / 60
            mean = float(summed) / min(done, step % EVERY + 1)
            pace = f"{seconds:.2f} s a step, {left:.0f} min left"
            print(f"step {step + 1}/{steps}: loss {mean:.4f}, {pace}", flush=True)
            summed.zero_()
        if step + 1 == steps or ((step + 1) % EVERY == 0 and time.monotonic() - kept > KEPT):
            kept = time.monotonic()
            state = {"model": model.state_dict(), "average": average, "optimiser": optimiser.state_dict()}
            spent, worked = spent + (time.process_time() - worked) / 60, time.process_time()
            keep({**state, "generator": generator.get_state(), "step": step + 1, "minutes": spent}, checkpoint)
    model.load_state_dict(average)
    return model.eval().requires_grad_(False), spent
