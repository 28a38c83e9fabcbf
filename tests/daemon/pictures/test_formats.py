"""Every format: samples go through a file and come back as they were, or as near as the format can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from picture_files import SIZES, keys, noise, squeezed, write_tiff
from PIL import Image

from daemon.pictures.files import load, save
from daemon.pictures.fit import fit


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_comes_back_as_it_was(tmp_path: Path, channels: int, dtype: Any, size: tuple[int, int]) -> None:
    samples = noise(*size, channels, dtype)
    (tmp_path / "in.png").write_bytes(imagecodecs.png_encode(squeezed(samples)))
    picture = load(tmp_path / "in.png")
    save(fit(picture, "PNG", "in.png"), tmp_path / "out.png")
    assert (picture.colours, picture.alpha is not None) == (1 if channels < 3 else 3, channels in (2, 4))
    written = imagecodecs.png_decode((tmp_path / "out.png").read_bytes())
    assert written.dtype == dtype
    assert np.array_equal(written, squeezed(samples))


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_tiff_comes_back_as_it_was(tmp_path: Path, channels: int, dtype: Any, compression: str | None) -> None:
    for number, size in enumerate(SIZES):
        samples = noise(*size, channels, dtype)
        source, target = tmp_path / f"{number}.tif", tmp_path / f"{number}.out.tif"
        write_tiff(source, samples, compression=compression, predictor=bool(compression))
        picture = load(source)
        save(fit(picture, "TIFF", source.name), target)
        with tifffile.TiffFile(target) as file, tifffile.TiffFile(source) as original:
            page, before = file.pages.first, original.pages.first
            assert page.dtype == dtype
            assert np.array_equal(page.asarray(), squeezed(samples))
            assert (page.compression, page.predictor) == (before.compression, before.predictor)
            assert page.extrasamples == before.extrasamples


@pytest.mark.parametrize("options", [{"byteorder": ">"}, {"tile": (32, 16)}, {"bigtiff": True}], ids=str)
def test_tiff_in_other_layouts_is_read(tmp_path: Path, options: dict[str, Any]) -> None:
    samples = noise(50, 70, 3, np.uint16)
    write_tiff(tmp_path / "in.tif", samples, **options)
    save(fit(load(tmp_path / "in.tif"), "TIFF", "in.tif"), tmp_path / "out.tif")
    assert np.array_equal(tifffile.imread(tmp_path / "out.tif"), samples)


def test_tiff_in_planes_is_read(tmp_path: Path) -> None:
    samples = noise(50, 70, 3, np.uint8)
    planes = np.moveaxis(samples, 2, 0)
    tifffile.imwrite(tmp_path / "in.tif", planes, photometric="rgb", planarconfig="separate", metadata=None)
    assert np.array_equal(load(tmp_path / "in.tif").samples, samples)


def test_tiff_cmyk_and_extra_channels_are_kept(tmp_path: Path) -> None:
    samples = noise(20, 30, 6, np.uint8)
    tifffile.imwrite(
        tmp_path / "in.tif", samples, photometric="separated", extrasamples=["unassalpha", "unspecified"], metadata=None
    )
    picture = load(tmp_path / "in.tif")
    assert (picture.colours, picture.alpha) == (4, 4)
    assert keys(picture.notes) == ["pictures.channels_kept"]
    save(fit(picture, "TIFF", "in.tif"), tmp_path / "out.tif")
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert np.array_equal(file.pages.first.asarray(), samples)
        assert file.pages.first.photometric == tifffile.PHOTOMETRIC.SEPARATED


def test_tiff_with_white_as_zero_looks_the_same(tmp_path: Path) -> None:
    samples = noise(9, 7, 1, np.uint8)
    write_tiff(tmp_path / "in.tif", samples, photometric="miniswhite")
    assert np.array_equal(load(tmp_path / "in.tif").samples, 255 - samples)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 4099)], ids=str)
def test_lossless_webp_comes_back_as_it_was(tmp_path: Path, size: tuple[int, int], channels: int) -> None:
    samples = noise(*size, channels, np.uint8)
    Image.fromarray(samples).save(tmp_path / "in.webp", lossless=True, exact=True)
    picture = fit(load(tmp_path / "in.webp"), "WebP", "in.webp")
    save(picture, tmp_path / "out.webp")
    with Image.open(tmp_path / "out.webp") as image:
        assert np.array_equal(np.array(image), samples)
    assert "pictures.lossy" not in keys(picture.notes)


def test_lossy_webp_stays_lossy_and_says_so(tmp_path: Path) -> None:
    Image.fromarray(noise(64, 64, 3, np.uint8)).save(tmp_path / "in.webp", quality=60)
    picture = fit(load(tmp_path / "in.webp"), "WebP", "in.webp")
    save(picture, tmp_path / "out.webp")
    assert b"VP8L" not in (tmp_path / "out.webp").read_bytes()
    assert "pictures.lossy" in keys(picture.notes)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_keeps_its_mode_and_nearly_its_pixels(tmp_path: Path, mode: str) -> None:
    ramp = np.add.outer(np.arange(96), np.arange(64)).astype(np.uint8)
    Image.fromarray(ramp).convert("RGB").convert(mode).save(tmp_path / "in.jpg", quality=92)
    picture = fit(load(tmp_path / "in.jpg"), "JPEG", "in.jpg")
    save(picture, tmp_path / "out.jpg")
    with Image.open(tmp_path / "in.jpg") as before, Image.open(tmp_path / "out.jpg") as after:
        assert after.mode == mode
        assert np.abs(np.array(after).astype(int) - np.array(before).astype(int)).mean() < 1
        assert mode != "RGB" or all(layer[1:3] == (1, 1) for layer in getattr(after, "layer"))  # noqa: B009


def test_palette_becomes_full_colour_with_a_note(tmp_path: Path) -> None:
    image = Image.fromarray(noise(16, 16, 3, np.uint8)).quantize(16)
    cases: dict[str, dict[str, Any]] = {"in.png": {"transparency": 3}, "in.tif": {}}
    for name, options in cases.items():
        image.save(tmp_path / name, **options)
        picture = load(tmp_path / name)
        with Image.open(tmp_path / name) as again:
            expected = np.array(again.convert("RGBA" if options else "RGB"))
        assert np.array_equal(picture.samples, expected)
        assert "pictures.palette" in keys(picture.notes)


def test_bilevel_becomes_gray(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).random((9, 13)) > 0.5
    for name in ("in.png", "in.tif"):
        Image.fromarray(bits).save(tmp_path / name)
        picture = load(tmp_path / name)
        assert np.array_equal(picture.samples[:, :, 0], bits * np.uint8(255))
        assert keys(picture.notes) == ["pictures.few_bits"]
