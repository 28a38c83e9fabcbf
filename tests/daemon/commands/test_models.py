"""``belladonna models``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from daemon.__main__ import main
from daemon.models.store import Store
from daemon.models.table import models

WEIGHTS = save({"weights": np.zeros(9, np.float32)})
ROOT = Path(__file__).parents[3]
NAME = "taesd"  # its hash isn't known, so that any file will do


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BELLADONNA_HOME", str(tmp_path / "home"))
    (tmp_path / "taesd_encoder.safetensors").write_bytes(WEIGHTS)
    return tmp_path


def run(*arguments: object) -> int:
    return main(["models", *map(str, arguments)])


def test_a_model_comes_is_checked_and_goes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", NAME, "--from", home) == 0
    out = capsys.readouterr().out
    assert "taesd is installed" in out
    assert "taesd_encoder.safetensors  SHA-256 " in out
    assert run("install", NAME, "--from", home) == 0
    assert "installed already" in capsys.readouterr().out
    assert run("path", NAME) == 0
    place = Path(capsys.readouterr().out.strip())
    assert place.read_bytes() == WEIGHTS
    assert run("verify") == 0
    place.write_bytes(WEIGHTS[:-1] + b"x")
    assert run("verify") == 1
    assert "taesd_encoder.safetensors" in capsys.readouterr().err
    assert run("install", NAME, "--from", home) == 0, "which repairs it"
    assert run("verify", NAME) == 0
    assert run("remove", NAME) == 0
    assert not place.exists()
    assert run("remove", NAME) == 1
    assert run("verify") == 0, "nothing is installed"


def test_the_list_says_what_is_here(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", NAME, "--from", home) == 0
    capsys.readouterr()
    assert run("list") == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.startswith("name")
    assert [row.split()[0] for row in rows] == list(models())
    assert ["installed" in row for row in rows] == [name == NAME for name in models()]


def test_an_unknown_name_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", NAME, "taesd9", "--from", home) == 1
    assert "taesd9" in capsys.readouterr().err
    assert not Store().has(models()[NAME])


def test_one_that_fails_doesnt_stop_the_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "taef2", NAME, "--from", home) == 1
    assert "taef2_encoder.pth" in capsys.readouterr().err
    assert Store().has(models()[NAME])


def test_a_silent_host_is_asked_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "standard", "--from", "http://127.0.0.1:9") == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("taesd could not be fetched: 127.0.0.1:9 can't be reached.")
    assert second.endswith("taesdxl, taesd3, taef1, taef2, taesana.")


def test_listing_needs_nothing_heavy(home: Path) -> None:
    script = (
        "import sys; from daemon.__main__ import main; main(['models', 'list']); "
        "print({'torch', 'huggingface_hub', 'numpy'} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "set()"
