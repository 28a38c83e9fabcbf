"""Training the embedded surrogate: a few steps on made pictures, with a teacher of random weights."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from made_pictures import waves
from PIL import Image
from random_encoders import taef2_state

from daemon.shading.encoders import embedded
from daemon.shading.encoders.embedded import EmbeddedEncoder
from daemon.training import crops, distill
from daemon.training.distill import Batches, Teacher

SIDE = 48


@pytest.fixture(scope="module")
def teacher_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("teacher") / "taef2_encoder.pth"
    torch.save({key: value.half() for key, value in taef2_state().items()}, path)
    return path


@pytest.fixture(scope="module")
def data() -> np.ndarray:
    """Twelve crops (12, 64, 64, 3) uint8."""
    return np.stack([waves(64, 64, seed) for seed in range(12)])


@pytest.fixture(scope="module")
def teacher(teacher_file: Path, data: np.ndarray) -> Teacher:
    return Teacher(teacher_file, data, torch.float32)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distill, "BATCHES", ((4, SIDE),))


def student_of(teacher: Teacher) -> EmbeddedEncoder:
    torch.manual_seed(0)
    student = EmbeddedEncoder()
    teacher.teach(student)
    return student


def test_the_teachers_latents_are_standardised(teacher: Teacher, data: np.ndarray) -> None:
    features, latents = teacher(distill.tensor(data))
    assert features.shape == (12, 64, 32, 32)
    assert latents.shape == (12, 32, 8, 8)
    assert latents.mean((0, 2, 3)).abs().max() < 0.01
    assert (latents.std((0, 2, 3)) - 1).abs().max() < 0.01
    assert features.std() == pytest.approx(1, abs=0.01)


def check_the_tail(teacher: Teacher, data: np.ndarray) -> None:
    features, latents = teacher(distill.tensor(data))
    with torch.no_grad():
        answer = student_of(teacher).tail(features * teacher.spread)
    torch.testing.assert_close(answer, latents, atol=2e-3, rtol=2e-3)


def test_the_students_tail_begins_as_the_teachers(teacher: Teacher, data: np.ndarray) -> None:
    check_the_tail(teacher, data)


def test_the_real_teacher_fits_too(judges: Path, data: np.ndarray) -> None:
    check_the_tail(Teacher(judges / "taef2_encoder.pth", data, torch.float32), data)


def test_windows_have_the_side_and_depend_on_the_seed(data: np.ndarray) -> None:
    one, two, other = (distill.windows(data, np.random.default_rng(seed), 6, SIDE) for seed in (1, 1, 2))
    assert one.shape == (6, 3, SIDE, SIDE)
    assert one.min() >= 0
    assert one.max() <= 1
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_batches_carry_the_teachers_answers(teacher: Teacher, data: np.ndarray) -> None:
    batches = Batches(data, teacher, np.random.default_rng(0))
    drawn = [batches.draw(step) for step in range(5)]
    for x, (features, latents) in drawn:
        wanted = teacher(x)
        assert x.shape == (4, 3, SIDE, SIDE)
        torch.testing.assert_close(features, wanted[0], atol=5e-3, rtol=5e-3)  # kept in float16
        torch.testing.assert_close(latents, wanted[1], atol=1e-3, rtol=1e-3)
    assert not torch.equal(drawn[0][0], drawn[1][0])
    assert len(batches.seen[SIDE][0]) == 4 + 4 * 1  # a whole batch, then one new window in four


def test_shaded_windows_come_nearer_within_the_bound(teacher: Teacher, data: np.ndarray) -> None:
    student = student_of(teacher)
    x = distill.tensor(data[:4, :SIDE, :SIDE])
    toward = teacher(x)[1].roll(1, 0)
    for seed in range(3):
        moved = distill.shaded(student, x, toward, np.random.default_rng(seed))
        assert (moved - x).abs().max() <= 12 / 255 + 1e-6
        assert moved.min() >= 0
        assert moved.max() <= 1
        with torch.no_grad():
            assert (student(moved) - toward).norm() < (student(x) - toward).norm()


def test_the_errors_of_a_perfect_student_are_zero(teacher: Teacher, data: np.ndarray) -> None:
    labels = teacher(distill.tensor(data[:4]))[1]
    moved = labels[:2] + 0.1
    error, change = distill.errors(torch.cat([labels, moved]), labels, moved)
    assert float(error) == pytest.approx(0, abs=1e-9)
    assert float(change) == pytest.approx(0, abs=1e-6)
    blind = distill.errors(torch.cat([labels, labels[:2]]), labels, moved)
    assert float(blind[1]) == pytest.approx(1, abs=1e-4)  # it sees nothing of the change


def test_a_few_steps_lower_the_loss(teacher: Teacher, data: np.ndarray) -> None:
    """First those of the stem alone, as in training, then those of the whole."""
    student = student_of(teacher)
    batches = Batches(data, teacher, np.random.default_rng(0))

    def train(steps: int, rate: float, stem_alone: bool) -> list[float]:
        optimiser = torch.optim.AdamW(student.parameters(), lr=rate)
        losses = []
        for step in range(steps):
            x, labels = batches.draw(step)
            rng = np.random.default_rng(step)
            if stem_alone:
                loss = distill.stem_loss(student, teacher, x, labels[0], rng)
            else:
                loss = sum(distill.losses(student, teacher, x, labels, rng), torch.zeros(()))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
        return losses

    for stem_alone, rate in ((True, 2e-3), (False, 2e-4)):
        losses = train(24, rate, stem_alone)
        assert np.mean(losses[-6:]) < 0.95 * np.mean(losses[:3]), (stem_alone, losses)


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [distill.learning_rate(done, 2e-3) for done in (0, 0.01, 0.02, 0.5, 1, 1.2)]
    assert rates[0] == 0
    assert rates[1] == pytest.approx(1e-3, rel=0.01)
    assert max(rates) == rates[2] == pytest.approx(2e-3, rel=0.01)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(2e-5)
    assert rates[5] == rates[4]


def test_the_command_writes_weights_that_load(
    teacher_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crops, "held_out", lambda path: path.stem == "kept")
    for seed, name in enumerate(("one", "kept")):
        Image.fromarray(waves(600, 600, seed)).save(tmp_path / f"{name}.png")
    out = tmp_path / "weights.safetensors"
    command = ["distill", "--teacher", str(teacher_file), "--data", str(tmp_path), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [*command, "--minutes", "0.001", "--stem-share", "0"])
    distill.main()
    header, *_, row = capsys.readouterr().out.strip().splitlines()
    assert header == "9 crops, 9 for validation"
    steps, pictures, *losses = (float(cell) for cell in row.strip("| ").split(" | ")[1:])
    assert steps >= 1
    assert pictures >= 4
    assert all(np.isfinite(losses))
    assert all(loss > 0 for loss in losses)
    assert out.stat().st_size <= 3_000_000
    assert embedded.load(out)(torch.rand(1, 3, 16, 16)).isfinite().all()
