"""Train the embedded surrogate from a teacher encoder.

    python -m daemon.training.distill --teacher taef2_encoder.pth --data FOLDER --out embedded.safetensors

A surrogate is used for its gradient, so it must agree with its teacher not only on pictures but also on pictures
shaded along its own gradient. Every batch therefore holds crops x and, for half of them, crops x + δ moved toward
another crop's latent, and the loss has two parts: the error of the latents, and the error of their
*change* relative to the teacher's change,

    ‖S(x) − T(x)‖² / σ²  +  λ · ‖(S(x+δ) − S(x)) − (T(x+δ) − T(x))‖² / ‖T(x+δ) − T(x)‖²

The same is asked of the features between stem and tail, where the student's tail takes over from the teacher's own
layers: the tail starts as a copy of them and only has to adapt to what the stem delivers. Latents are standardised per
channel by the teacher's statistics over the training crops.
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

from ..shading.device import channels_last
from ..shading.encoders import embedded, taesd
from ..shading.encoders.embedded import EmbeddedEncoder
from . import crops

Answer = tuple[Tensor, Tensor]  # features (N, 64, H/2, W/2), latents (N, 32, H/8, W/8), float32

BATCHES = ((16, 128), (8, 176), (4, 256))  # (pictures, side): equal cost, different amounts of context
CHANGE_WEIGHT = 0.5
FEATURE_WEIGHT = 0.5
TEACHER_STEM = 4  # layers of the teacher that the student's stem stands for
TAIL_RATE = 0.1  # of the stem's learning rate: the tail is nearly right from the start


def tensor(batch: np.ndarray) -> Tensor:
    """(N, H, W, 3) uint8 → (N, 3, H, W) float32 in 0…1, channels last."""
    return torch.from_numpy(batch).permute(0, 3, 1, 2).float().div(255).contiguous(memory_format=torch.channels_last)


class Teacher:
    """The teacher's features at half the size and its latents at an eighth, both standardised."""

    def __init__(self, path: Path, sample: np.ndarray, dtype: torch.dtype) -> None:
        self.dtype = dtype
        encoder = taesd.load(path)
        self.tail_state = nn.Sequential(*list(encoder.children())[TEACHER_STEM:]).state_dict()  # numbered from 0
        self.encoder = copy.deepcopy(encoder).to(dtype)
        channels_last(self.encoder)
        self.mean, self.std, self.spread = torch.zeros(1), torch.ones(1), 1.0
        seen = [self(tensor(sample[i : i + 8])) for i in range(0, len(sample), 8)]
        latents = torch.cat([both[1] for both in seen])
        self.mean = latents.mean((0, 2, 3), keepdim=True)
        self.std = latents.std((0, 2, 3), keepdim=True)
        self.spread = float(torch.cat([both[0] for both in seen]).std())

    @torch.no_grad()
    def features(self, x: Tensor) -> Tensor:
        """(N, 64, H/2, W/2) float32."""
        return self.encoder[:TEACHER_STEM](x.to(self.dtype)).float() / self.spread

    @torch.no_grad()
    def __call__(self, x: Tensor) -> Answer:
        """What the teacher says of pictures (N, 3, H, W) in 0…1."""
        features = self.encoder[:TEACHER_STEM](x.to(self.dtype))
        latents = self.encoder[TEACHER_STEM:](features).float()
        return features.float() / self.spread, (latents - self.mean) / self.std

    def teach(self, student: EmbeddedEncoder) -> None:
        """Start the student's tail as the teacher's; its last layer standardises."""
        student.tail.load_state_dict(self.tail_state)
        last = student.tail[-1]
        assert isinstance(last, nn.Conv2d)
        assert last.bias is not None
        last.weight.data /= self.std.view(-1, 1, 1, 1)
        last.bias.data = (last.bias.data - self.mean.flatten()) / self.std.flatten()


def windows(data: np.ndarray, rng: np.random.Generator, count: int, side: int) -> Tensor:
    """``count`` augmented windows of crops: mirrored, sometimes turned, their brightness and contrast varied."""
    picked = []
    for index in rng.integers(0, len(data), count):
        room = data.shape[1] - side
        top, left = rng.integers(0, room + 1, 2)
        window = data[index, top : top + side, left : left + side]
        window = window[:, ::-1] if rng.random() < 0.5 else window
        picked.append(np.rot90(window, int(rng.integers(0, 4))) if rng.random() < 0.25 else window)
    x = tensor(np.stack(picked))
    contrast = torch.from_numpy(rng.uniform(0.7, 1.2, (count, 1, 1, 1))).float()
    shift = torch.from_numpy(rng.uniform(-0.15, 0.15, (count, 1, 1, 1))).float()
    return ((x - 0.5) * contrast + 0.5 + shift).clamp(0, 1)


class Batches:
    """Batches of windows with the teacher's answers. Seven eighths of each batch are windows seen before.

    The teacher takes half of a step's time. Its answer to an untouched window never changes, so it is kept; only the
    shading of a window is new each time.
    """

    def __init__(self, data: np.ndarray, teacher: Teacher, rng: np.random.Generator) -> None:
        self.data, self.teacher, self.rng = data, teacher, rng
        self.seen: dict[int, tuple[list[Tensor], list[Tensor], list[Tensor]]] = {
            side: ([], [], []) for _, side in BATCHES
        }

    def draw(self, step: int) -> tuple[Tensor, Answer]:
        """(windows (N, 3, side, side) in 0…1, what the teacher says of them)."""
        count, side = BATCHES[step % len(BATCHES)]
        x, features, latents = self.seen[side]
        fresh = windows(self.data, self.rng, max(1, count // 8, count - len(x)), side)
        x += list(fresh.unbind())
        answer = self.teacher(fresh)
        features += list(answer[0].half().unbind())
        latents += list(answer[1].unbind())
        old = self.rng.integers(0, len(x), count - len(fresh)).tolist()
        picked = [*range(len(x) - len(fresh), len(x)), *old]
        self.rng.shuffle(picked)
        batch = torch.stack([x[index] for index in picked]).contiguous(memory_format=torch.channels_last)
        kept = (torch.stack([store[index] for index in picked]).float() for store in (features, latents))
        return batch, (next(kept), next(kept))


def shaded(student: EmbeddedEncoder, x: Tensor, toward: Tensor, rng: np.random.Generator) -> Tensor:
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


def blurred_noise(x: Tensor, rng: np.random.Generator) -> Tensor:
    """x moved by ±ε, ε = 2–12 / 255, in the pattern of noise at a random scale, to train the stem alone."""
    epsilon = float(rng.uniform(2, 12)) / 255
    side = max(4, int(x.shape[2] * 2.0 ** -rng.uniform(0, 3)))
    noise = torch.from_numpy(rng.standard_normal((len(x), 3, side, side))).float()
    return (x + epsilon * nn.functional.interpolate(noise, x.shape[2:], mode="bicubic").sign()).clamp(0, 1)


def stem_loss(
    student: EmbeddedEncoder, teacher: Teacher, x: Tensor, features: Tensor, rng: np.random.Generator
) -> Tensor:
    """The feature part of the loss alone, at a third of the cost: a stem that starts from nothing learns most here."""
    moved = blurred_noise(x[: len(x) // 2], rng)
    with torch.autocast("cpu", torch.bfloat16):
        answers = student.stem(torch.cat([x, moved]) * 2 - 1).float() / teacher.spread
    error, change = errors(answers, features, teacher.features(moved))
    return error + CHANGE_WEIGHT * change


def errors(student: Tensor, teacher: Tensor, moved: Tensor) -> tuple[Tensor, Tensor]:
    """(mean square error, relative error of the change) of the answers to pictures and then to some of them moved."""
    count, some = len(teacher), len(moved)
    error = (student - torch.cat([teacher, moved])).square().mean()
    wanted = moved - teacher[:some]
    change = (student[count:] - student[:some] - wanted).square().sum() / wanted.square().sum()
    return error, change


def losses(
    student: EmbeddedEncoder, teacher: Teacher, x: Tensor, labels: Answer, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """(error of the latents, relative error of their change, the two of the features added), all scalars."""
    half = len(x) // 2
    moved = shaded(student, x[:half], labels[1].roll(1, 0)[:half], rng)
    moved_labels = teacher(moved)
    with torch.autocast("cpu", torch.bfloat16):
        features = student.stem(torch.cat([x, moved]) * 2 - 1)
        latents = student.tail(features)
    by_features = errors(features.float() / teacher.spread, labels[0], moved_labels[0])
    error, change = errors(latents.float(), labels[1], moved_labels[1])
    return error, change, by_features[0] + CHANGE_WEIGHT * by_features[1]


def validate(student: EmbeddedEncoder, teacher: Teacher, data: np.ndarray) -> tuple[float, float]:
    """The first two losses over at least 8 validation crops, with a fixed seed."""
    rng = np.random.default_rng(1)
    sums = np.zeros(2)
    for start in range(0, len(data) - 7, 8):
        x = tensor(data[start : start + 8])
        with torch.enable_grad():
            sums += [float(part.detach()) for part in losses(student, teacher, x, teacher(x), rng)[:2]]
    return tuple(sums / len(range(0, len(data) - 7, 8)))


def learning_rate(done: float, peak: float) -> float:
    """Linear warm-up over the first 2 %, then a cosine down to 1 % of the peak. ``done`` runs from 0 to 1."""
    return peak * min(1.0, done / 0.02) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def train(options: argparse.Namespace) -> None:
    """Train for ``--minutes``, print one table row every ``--log`` minutes, keep the best averaged weights."""
    torch.manual_seed(0)
    rng = np.random.default_rng(2)
    training, validation = crops.collect(options.data, options.exclude, 256, options.crops)
    validation = validation[rng.permutation(len(validation))[:128]]
    if len(validation) < 8:
        raise ValueError(f"Too few pictures to validate on: {len(validation)} crops, at least 8 are needed.")
    teacher = Teacher(options.teacher, training[rng.permutation(len(training))[:256]], torch.bfloat16)
    batches = Batches(training, teacher, rng)
    student = EmbeddedEncoder()
    channels_last(student)
    teacher.teach(student)
    if options.init:
        student.load_state_dict(embedded.load(options.init).state_dict())
    averaged = copy.deepcopy(student)
    shares = ((student.stem, 1.0), (student.tail, TAIL_RATE))
    parts = [{"params": part.parameters(), "share": share} for part, share in shares]
    optimiser = torch.optim.AdamW(parts, lr=options.rate, weight_decay=1e-4)
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
            group["lr"] = group["share"] * learning_rate(done, options.rate)
        x, labels = batches.draw(step)
        if done < options.stem_share:
            loss = error = change = stem_loss(student, teacher, x, labels[0], rng)
        else:
            error, change, features = losses(student, teacher, x, labels, rng)
            loss = error + CHANGE_WEIGHT * change + FEATURE_WEIGHT * features
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
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
    parser.add_argument("--init", type=Path, help="weights to go on from")
    parser.add_argument("--stem-share", type=float, default=0.4, help="share of the time for the stem alone, at first")
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--log", type=float, default=5, help="minutes between rows of the log")
    parser.add_argument("--crops", type=int, default=14_000)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
