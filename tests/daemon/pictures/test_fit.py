"""Converting to another format says what changes and refuses what would be lost."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from picture_files import keys, noise, write_tiff
from PIL import Image

from daemon.pictures.files import load
from daemon.pictures.fit import fit
from shared.problem import Problem


def test_converting_says_what_is_rounded(tmp_path: Path) -> None:
    samples = noise(12, 10, 3, np.uint16)
    (tmp_path / "in.png").write_bytes(imagecodecs.png_encode(samples))
    picture = load(tmp_path / "in.png")
    for format in ("JPEG", "WebP"):
        fitted = fit(picture, format, "in.png")
        assert np.array_equal(fitted.samples, np.rint(samples / 257).astype(np.uint8))
        assert "pictures.fewer_bits" in keys(fitted.notes)
    write_tiff(tmp_path / "in.tif", noise(12, 10, 3, np.float32))
    fitted = fit(load(tmp_path / "in.tif"), "PNG", "in.tif")
    assert fitted.samples.dtype == np.uint16
    assert keys(fitted.notes) == ["pictures.no_floats"]


def test_what_would_be_lost_is_refused(tmp_path: Path) -> None:
    samples = noise(12, 10, 4, np.uint8)
    Image.fromarray(samples).save(tmp_path / "a.png")
    with pytest.raises(Problem) as refusal:
        fit(load(tmp_path / "a.png"), "JPEG", "a.png")
    assert refusal.value.key == "pictures.no_transparency"
    samples[:, :, 3] = 255
    Image.fromarray(samples).save(tmp_path / "opaque.png")
    assert fit(load(tmp_path / "opaque.png"), "JPEG", "opaque.png").samples.shape == (12, 10, 3)
    Image.new("CMYK", (4, 4)).save(tmp_path / "c.jpg")
    for format in ("PNG", "WebP"):
        with pytest.raises(Problem) as refusal:
            fit(load(tmp_path / "c.jpg"), format, "c.jpg")
        assert refusal.value.key == "pictures.no_cmyk"
    Image.new("L", (16_384, 1)).save(tmp_path / "wide.png")
    with pytest.raises(Problem) as refusal:
        fit(load(tmp_path / "wide.png"), "WebP", "wide.png")
    assert refusal.value.key == "pictures.side_too_long"
