"""The product's main job as a user meets it: the command line, a real daemon, the real engine, a real photograph."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ssimulacra2.ssimulacra2 import compute_ssimulacra2

from daemon.shading import anchors
from shared.machine import paths
from tests.judge import Judge

TOLERANCE = 0.5  # points between our SSIMULACRA2 and the independent one, see test_ssimulacra2.py


@pytest.fixture(scope="module")
def belladonna(private_home: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """The installed command; whatever daemon it starts is stopped at the end."""
    environment = {name: value for name, value in os.environ.items() if name != "BELLADONNA_HOME"}

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(paths.launcher(private_home)), *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=250)

    yield run
    assert run("stop").returncode == 0
    assert not paths.connection_file(private_home).exists()


@pytest.fixture(scope="module")
def shaded_coffee(
    belladonna: Callable[..., subprocess.CompletedProcess[str]],
    photograph_file: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path, dict]:
    """(original, shaded picture, report) of the coffee photograph at default settings."""
    folder = tmp_path_factory.mktemp("coffee")
    original = photograph_file("coffee.png")
    shaded, report = folder / "shaded.png", folder / "report.json"
    done = belladonna("shade", original, "-o", shaded, "--concept", "coffee", "--report", report)
    assert done.returncode == 0, done.stderr
    assert "shaded.png" in done.stdout
    return original, shaded, json.loads(report.read_text(encoding="utf-8"))


def test_it_is_shaded_within_its_budget(shaded_coffee: tuple[Path, Path, dict]) -> None:
    original, shaded, report = shaded_coffee
    before = np.asarray(Image.open(original).convert("RGB")).astype(int)
    after = np.asarray(Image.open(shaded).convert("RGB")).astype(int)
    assert after.shape == before.shape
    assert 0 < np.abs(after - before).max() <= 8
    score = compute_ssimulacra2(str(original), str(shaded))
    assert score >= report["visibility"]["floor"] - TOLERANCE
    assert score == pytest.approx(report["visibility"]["ssimulacra2"], abs=TOLERANCE)
    assert report["target"] == "cat"
    assert report["anchor"]["file"] == "chelsea.png"


def test_the_teacher_and_a_stranger_agree(shaded_coffee: tuple[Path, Path, dict], judges: Path) -> None:
    """Both judges see the picture nearer to the cat, through every view; noise of the same strength moves neither."""
    original, shaded, report = shaded_coffee
    before = Image.open(original).convert("RGB")
    rng = np.random.default_rng(0)
    moved = np.asarray(Image.open(shaded).convert("RGB")).astype(int) - np.asarray(before)
    noise = np.asarray(before) + rng.permuted(moved.reshape(-1, 3), axis=0).reshape(moved.shape)
    noisy = Image.fromarray(noise.clip(0, 255).astype(np.uint8))
    anchor = anchors.of_target(report["target"])
    for name in ("taef2", "taesana"):
        judge = Judge(judges / f"{name}_encoder.pth")
        shifts = judge.shifts(before, Image.open(shaded).convert("RGB"), anchor)
        by_noise = judge.shifts(before, noisy, anchor)
        assert min(shifts.values()) > 0.02, (name, shifts)
        mean, mean_by_noise = (float(np.mean(list(each.values()))) for each in (shifts, by_noise))
        assert mean > 3 * max(0.01, mean_by_noise), (name, shifts, by_noise)


def test_the_same_again(
    shaded_coffee: tuple[Path, Path, dict],
    belladonna: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
) -> None:
    """The seed comes from the picture, so a second run gives the same pixels; and nothing is overwritten unasked."""
    original, shaded, _ = shaded_coffee
    again = tmp_path / "again.png"
    assert belladonna("shade", original, "-o", again, "--concept", "coffee").returncode == 0
    assert np.array_equal(np.asarray(Image.open(again)), np.asarray(Image.open(shaded)))
    refused = belladonna("shade", original, "-o", again, "--concept", "coffee")
    assert refused.returncode == 2
    assert "--force" in refused.stderr


def test_a_drawing_with_alpha_and_a_mask(
    belladonna: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Alpha, transparent pixels and everything the mask keeps come back byte for byte."""
    rows, columns = np.mgrid[:150, :220]
    alpha = np.clip(400 - 4 * np.hypot(rows - 75, columns - 110), 0, 255)
    drawing = np.dstack([columns, rows, 255 - columns, alpha]).astype(np.uint8)
    mask = np.where(columns < 100, 0, 255).astype(np.uint8)
    Image.fromarray(drawing).save(tmp_path / "drawing.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    out = tmp_path / "out.png"
    mask_file = tmp_path / "mask.png"
    done = belladonna("shade", tmp_path / "drawing.png", "-o", out, "--concept", "ball", "--mask", mask_file)
    assert done.returncode == 0, done.stderr
    after = np.asarray(Image.open(out))
    assert np.array_equal(after[..., 3], drawing[..., 3])
    kept = (mask == 0) | (drawing[..., 3] == 0)
    assert np.array_equal(after[kept], drawing[kept])
    assert not np.array_equal(after[~kept], drawing[~kept])


def test_try_leaves_pictures_to_look_at(
    belladonna: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = belladonna("try", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "SSIMULACRA2" in done.stdout
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"original.png", "shaded.png", "comparison.png", "report.json"}
    with Image.open(tmp_path / "original.png") as original, Image.open(tmp_path / "comparison.png") as comparison:
        assert comparison.width > 2.9 * original.width
