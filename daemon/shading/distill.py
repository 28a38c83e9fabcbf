"""Train the embedded surrogate from a teacher encoder.

    python -m daemon.shading.distill --teacher taef2_encoder.pth --data FOLDER --out embedded.safetensors

A surrogate is used for its gradient, so it must answer like its teacher not only on pictures but also on pictures
that have been shaded along its own gradient. Every batch therefore holds crops x and, for half of them, crops x + δ
moved toward another crop's latent, and the loss has two parts: the error of the latents, and the error of their
*change* relative to the teacher's change,

    ‖S(x) − T(x)‖² / σ²  +  λ · ‖(S(x+δ) − S(x)) − (T(x+δ) − T(x))‖² / ‖T(x+δ) − T(x)‖²

Latents are standardised per channel by the teacher's statistics over the training crops.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import crops, embedded, tiny_encoder

BATCHES = ((16, 128), (8, 176), (4, 256))  # (pictures, side): equal cost, different amounts of context
CHANGE_WEIGHT = 0.5


def tensor(batch: np.ndarray) -> Tensor:
    """(N, H, W, 3) uint8 → (N, 3, H, W) float32 in 0…1, channels last."""
    return torch.from_numpy(batch).permute(0, 3, 1, 2).float().div(255).contiguous(memory_format=torch.channels_last)


class Teacher:
    """The teacher's latents, standardised per channel; (N, 3, H, W) → (N, C, H/8, W/8) float32."""

    def __init__(self, path: Path, sample: np.ndarray, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.encoder = tiny_encoder.load(path).to(dtype).to(memory_format=torch.channels_last)
        self.mean, self.std = torch.zeros(1), torch.ones(1)
        latents = torch.cat([self(tensor(sample[i : i + 8])) for i in range(0, len(sample), 8)])
        self.mean = latents.mean((0, 2, 3), keepdim=True)
        self.std = latents.std((0, 2, 3), keepdim=True)

    @torch.no_grad()
    def __call__(self, x: Tensor) -> Tensor:
        return (self.encoder(x.to(self.dtype)).float() - self.mean) / self.std


def batches(data: np.ndarray, rng: np.random.Generator, step: int) -> Tensor:
    """One augmented batch: a window of each crop, mirrored, sometimes turned, its brightness and contrast varied."""
    count, side = BATCHES[step % len(BATCHES)]
    picked = []
    for index in rng.integers(0, len(data), count):
        room = data.shape[1] - side
        top, left = rng.integers(0, room + 1, 2)
        window = data[index, top : top + side, left : left + side]
        window = window[:, ::-1] if rng.random() < 0.5 else window
        picked.append(np.rot90(window, int(rng.integers(0, 4))) if rng.random() < 0.25 else window)
    x = tensor(np.stack(picked))
    contrast, shift = (torch.from_numpy(rng.uniform(lo, hi, (count, 1, 1, 1))).float() for lo, hi in ((0.7, 1.2), (-0.15, 0.15)))
    return ((x - 0.5) * contrast + 0.5 + shift).clamp(0, 1)


def shaded(student: nn.Module, x: Tensor, toward: Tensor, rng: np.random.Generator) -> Tensor:
    """x moved 1–4 steps along the student's own gradient toward the given latents, within ε = 2–12 / 255."""
    epsilon = float(rng.uniform(2, 12)) / 255
    steps = int(rng.integers(1, 5))
    low, high = (x - epsilon).clamp(0, 1), (x + epsilon).clamp(0, 1)
    moved = x
    for _ in range(steps):
        moved = moved.detach().requires_grad_(True)
        with torch.autocast("cpu", torch.bfloat16):
            loss = (student(moved).float() - toward).square().sum()
        (gradient,) = torch.autograd.grad(loss, moved)
        step = gradient.sign() if rng.random() < 0.7 else gradient / gradient.abs().amax((1, 2, 3), keepdim=True)
        moved = (moved.detach() - step * (1.5 * epsilon / steps)).clamp(low, high)
    return moved.detach()


def losses(student: nn.Module, teacher: Teacher, x: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """(error of the latents, relative error of their change), both scalars."""
    half = len(x) // 2
    labels = teacher(x)
    moved = shaded(student, x[:half], labels.roll(1, 0)[:half], rng)
    moved_labels = teacher(moved)
    with torch.autocast("cpu", torch.bfloat16):
        answers = student(torch.cat([x, moved])).float()
    error = (answers - torch.cat([labels, moved_labels])).square().mean()
    wanted = moved_labels - labels[:half]
    change = (answers[len(x) :] - answers[:half] - wanted).square().sum() / wanted.square().sum()
    return error, change


def validate(student: nn.Module, teacher: Teacher, data: np.ndarray) -> tuple[float, float]:
    """The two losses over the validation crops, with a fixed seed."""
    rng = np.random.default_rng(1)
    sums = np.zeros(2)
    for start in range(0, len(data) - 7, 8):
        x = tensor(data[start : start + 8])
        with torch.enable_grad():
            sums += [float(part.detach()) for part in losses(student, teacher, x, rng)]
    return tuple(sums / max(1, len(range(0, len(data) - 7, 8))))


def learning_rate(done: float, peak: float) -> float:
    """Linear warm-up over the first 2 %, then a cosine down to 1 % of the peak. ``done`` runs from 0 to 1."""
    return peak * min(1.0, done / 0.02) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def train(options: argparse.Namespace) -> None:
    """Train for ``--minutes``, print one table row every ``--log`` minutes, keep the best averaged weights."""
    torch.manual_seed(0)
    rng = np.random.default_rng(2)
    training, validation = crops.collect(options.data, options.exclude, 256, options.crops)
    validation = validation[rng.permutation(len(validation))[:128]]
    teacher = Teacher(options.teacher, training[rng.permutation(len(training))[:256]], torch.bfloat16)
    student = embedded.EmbeddedEncoder().to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(student)
    optimiser = torch.optim.AdamW(student.parameters(), lr=options.rate, weight_decay=1e-4)
    print(f"{len(training)} crops, {len(validation)} for validation", flush=True)
    print("| minutes | steps | pictures | latent error | change error | validation latent | validation change |")
    print("|---|---|---|---|---|---|---|", flush=True)
    began = logged = time.monotonic()
    step, seen, sums, since = 0, 0, np.zeros(2), 0
    while True:
        now = time.monotonic()
        done = (now - began) / 60 / options.minutes
        if now - logged > options.log * 60 or done >= 1:
            logged, mean = now, sums / max(1, since)
            checked = validate(averaged, teacher, validation)
            row = (f"{(now - began) / 60:.0f}", step, seen, *(f"{v:.4f}" for v in (*mean, *checked)))
            print("| " + " | ".join(map(str, row)) + " |", flush=True)
            embedded.save(averaged, options.out, {"validation": f"latent {checked[0]:.4f}, change {checked[1]:.4f}"})
            sums, since = np.zeros(2), 0
            if done >= 1:
                return
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(done, options.rate)
        x = batches(training, rng, step)
        error, change = losses(student, teacher, x, rng)
        optimiser.zero_grad(set_to_none=True)
        (error + CHANGE_WEIGHT * change).backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        step, seen, since = step + 1, seen + len(x), since + 1
        sums += [float(error.detach()), float(change.detach())]
        decay = min(0.998, step / (step + 20))
        with torch.no_grad():
            for mean_weight, weight in zip(averaged.parameters(), student.parameters(), strict=True):
                mean_weight.lerp_(weight, 1 - decay)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description="Train the embedded surrogate from a teacher encoder.")
    parser.add_argument("--teacher", type=Path, required=True, help="a TAESD-family encoder with 32 channels at 1/8")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of pictures")
    parser.add_argument("--exclude", nargs="*", default=[], help="patterns of pictures to leave out (kept for tests)")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go (safetensors)")
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--log", type=float, default=5, help="minutes between rows of the log")
    parser.add_argument("--crops", type=int, default=14_000)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
