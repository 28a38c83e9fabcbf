"""Files as such: what is taken for a picture, and where and how one is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from picture_files import keys, noise
from PIL import Image

from daemon.pictures.files import format_of, load, write_file
from shared.problem import Problem
from shared.protocol.messages import Limits


def animation(path: Path) -> None:
    frames = [Image.fromarray(noise(8, 8, 3, np.uint8, seed)) for seed in range(3)]
    options: dict[str, Any] = {"save_all": True, "append_images": frames[1:]}
    frames[0].save(path, **options)


@pytest.mark.parametrize(("name", "key"), [("a.png", "animation"), ("a.webp", "animation"), ("a.tif", "several_pages")])
def test_more_than_one_picture_is_refused(tmp_path: Path, name: str, key: str) -> None:
    animation(tmp_path / name)
    with pytest.raises(Problem) as refusal:
        load(tmp_path / name)
    assert (refusal.value.key, refusal.value.values) == (f"pictures.{key}", {"name": name})


def test_a_preview_in_a_tiff_is_left_out_with_a_note(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        file.write(noise(32, 32, 3, np.uint8), photometric="rgb", metadata=None)
        file.write(noise(8, 8, 3, np.uint8), photometric="rgb", metadata=None, subfiletype=1)
    assert keys(load(tmp_path / "in.tif").notes) == ["pictures.preview_left_out"]


def test_not_a_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("Not a picture at all, only words.")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    refused = {
        "": "not_a_file",
        "absent.png": "no_file",
        "nul\0.png": "not_read",
        "empty.png": "empty",
        "text.png": "unknown_format",
        "a.gif": "unknown_format",
    }
    for name, key in refused.items():
        with pytest.raises(Problem) as refusal:
            load(tmp_path / name)
        assert refusal.value.key == f"pictures.{key}", name
        assert refusal.value.hint


def test_limits_are_the_callers(tmp_path: Path) -> None:
    Image.new("RGB", (11, 10)).save(tmp_path / "a.png")
    load(tmp_path / "a.png", Limits(pixels=110))
    with pytest.raises(Problem) as refusal:
        load(tmp_path / "a.png", Limits(pixels=109))
    assert refusal.value.key == "pictures.too_large"


def test_output_is_never_half_a_file_and_never_over_another(tmp_path: Path) -> None:
    write_file(b"first", tmp_path / "a.bin")
    with pytest.raises(Problem) as refusal:
        write_file(b"second", tmp_path / "a.bin")
    assert refusal.value.key == "pictures.exists"
    assert "--force" in refusal.value.hint
    assert (tmp_path / "a.bin").read_bytes() == b"first"
    write_file(b"second", tmp_path / "a.bin", force=True)
    assert (tmp_path / "a.bin").read_bytes() == b"second"
    with pytest.raises(Problem) as refusal:
        write_file(b"x", tmp_path / "nowhere" / "a.bin")
    assert refusal.value.key == "pictures.no_folder"
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(Problem) as refusal:
        write_file(b"x", tmp_path / "folder.png", force=True)
    assert refusal.value.key == "pictures.is_a_folder"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "folder.png"]


@contextmanager
def room_for_1000_bytes() -> Iterator[None]:
    """The system refuses to let a file grow beyond that, as a full disk would.

    No fixture: pytest reports a test before it ends its fixtures, and its own output may go to a file.
    """
    resource = pytest.importorskip("resource", reason="Windows knows no limit for the size of files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_full_disk_leaves_everything_as_it_was(old: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    if old is not None:
        path.write_bytes(old)
    with room_for_1000_bytes(), pytest.raises(Problem) as refusal:
        write_file(b"x" * 100_000, path, force=True)
    assert refusal.value.key == "pictures.not_written"
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == ({"a.png": old} if old else {})


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    write_file(b"first", tmp_path / "a.bin")
    (tmp_path / "a.bin").chmod(0o600)
    private = (tmp_path / "a.bin").stat().st_mode
    write_file(b"second", tmp_path / "a.bin", force=True)
    assert (tmp_path / "a.bin").stat().st_mode == private


def test_unknown_suffix_is_refused() -> None:
    assert format_of(Path("a.JPG")) == "JPEG"
    with pytest.raises(Problem) as refusal:
        format_of(Path("a.psd"))
    assert (refusal.value.key, refusal.value.values["name"]) == ("pictures.unknown_suffix", "a.psd")
