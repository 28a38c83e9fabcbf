"""``belladonna try`` through a real daemon, whose engine inverts the picture."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from art_files import noise
from PIL import Image

from daemon.__main__ import main
from daemon.commands.try_sample import sample, table
from daemon.pictures.model import PictureFile
from shared.wording import explained


def test_try_writes_what_it_says(
    start_daemon: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start_daemon()
    monkeypatch.setenv("BELLADONNA_HOME", str(tmp_path))
    monkeypatch.delitem(sys.modules, "skimage", raising=False)  # other tests use it
    folder = tmp_path / "out"
    for _ in range(2):  # the second time over the first
        assert main(["try", "--out", str(folder)]) == 0
    out = capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} == {"original.png", "shaded.png", "comparison.png", "report.json"}
    with Image.open(folder / "original.png") as original, Image.open(folder / "shaded.png") as shaded:
        assert np.array_equal(np.array(shaded), 255 - np.array(original))
    with Image.open(folder / "comparison.png") as image:
        assert image.width > 3 * image.height
    assert "SSIMULACRA2" in out
    assert str(folder / "comparison.png") in out
    assert "skimage" not in sys.modules


def test_the_sample_is_there() -> None:
    assert sample().is_file()
    assert metadata.version("scikit-image")


def test_the_table_shows_each_view() -> None:
    report = {
        "target": "cat",
        "anchor": {"name": "chelsea"},
        "shift": {"mean": 0.1234, "views": {"as it is": 0.2, "JPEG 75": 0.1}},
        "visibility": {"ssimulacra2": 75.25},
        "difference": {"psnr": None},
        "seconds": 3.21,
        "device": "CPU",
        "notes": ["Memory ran out."],
        "surrogates": ["embedded"],
    }
    text = table("a.png", "dog", PictureFile("PNG", noise(2, 3), 3), report)
    for part in ("dog → cat (anchor: chelsea)", "0.123", "JPEG 75", "75.2", "– dB", "3.2 s on CPU", "Note: Memory"):
        assert part in text
    assert text.splitlines()[-1] == explained(report)
