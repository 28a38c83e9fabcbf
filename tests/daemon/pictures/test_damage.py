"""Damaged and hostile files: refused in a sentence, or read as what they still are, and never a traceback."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture_files import ICC, XMP, exif_block, noise
from PIL import Image

from daemon.pictures.files import load, save
from daemon.pictures.fit import fit
from shared.problem import Problem
from shared.protocol.messages import Code


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(65_536, 1), (20_000, 20_000), (2**31 - 1, 2**31 - 1)], ids=str)
def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(*size))
    with pytest.raises(Problem) as refusal:
        load(tmp_path / "bomb.png")
    assert (refusal.value.key, refusal.value.code) == ("pictures.too_large", Code.TOO_LARGE)
    assert (refusal.value.values["width"], refusal.value.values["height"]) == size


def valid_files() -> dict[str, bytes]:
    """One small file per format and way of packing it."""
    image = Image.fromarray(noise(24, 20, 3, np.uint8))
    files = {}
    cases: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("jpeg", "JPEG", {"exif": exif_block().tobytes(), "xmp": XMP}),
        ("webp", "WEBP", {"exif": exif_block().tobytes()}),
        ("lossless", "WEBP", {"lossless": True}),
        ("png", "PNG", {"exif": exif_block().tobytes(), "icc_profile": ICC}),
        ("tiff", "TIFF", {"exif": exif_block().tobytes(), "icc_profile": ICC}),
    )
    for name, format, options in cases:
        buffer = io.BytesIO()
        image.save(buffer, format, **options)
        files[name] = buffer.getvalue()
    packed: dict[str, dict[str, Any]] = {
        "tiff16": {"compression": "zlib", "predictor": True},
        "lzw": {"compression": "lzw"},
    }
    for name, options in packed.items():
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, noise(24, 20, 4, np.uint16), photometric="rgb", metadata=None, **options)
        files[name] = buffer.getvalue()
    files["png16"] = imagecodecs.png_encode(noise(24, 20, 4, np.uint16))
    return files


FILES = valid_files()


def check_read(path: Path, data: bytes) -> bool:
    """Whether the file is accepted; a refusal has to be our sentence and nothing else. What is read can be written."""
    path.write_bytes(data)
    try:
        picture = load(path)
    except Problem as problem:
        refusal = problem
    else:
        save(fit(picture, picture.format, path.name), path.with_name("again"), force=True)
        return True
    assert refusal.key.startswith("pictures.")
    assert "\n" not in refusal.told
    return False


@pytest.mark.parametrize("name", FILES)
def test_every_cut_is_refused_or_harmless(tmp_path: Path, name: str) -> None:
    data = FILES[name]
    path = tmp_path / "cut"
    assert check_read(path, data)
    for length in sorted({*range(64), *np.linspace(64, len(data) * 3 // 4, 100).astype(int).tolist()}):
        assert not check_read(path, data[:length]), f"{length} of {len(data)} bytes were taken for a whole picture"
    for length in range(len(data) * 3 // 4, len(data), 7):
        check_read(path, data[:length])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_changed_bytes_never_end_in_a_traceback(tmp_path: Path, name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(FILES[name])
    for place, value in changes:
        data[int(place * len(data))] = value
    check_read(tmp_path / "changed", bytes(data))


def test_damaged_metadata_costs_only_itself(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(FILES["png"])
    data[data.index(b"iCCP") + 30] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    picture = load(tmp_path / "a.png")
    assert picture.metadata.icc is None
    assert picture.metadata.exif
    assert capfd.readouterr() == ("", ""), "libpng must not talk to the artist"
