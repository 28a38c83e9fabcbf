"""Files as such: what is taken for a picture, and where and how one is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from picture_files import noise
from PIL import Image

from daemon.pictures.files import format_of, load, write_file
from daemon.pictures.model import PictureError
from shared.protocol.messages import Limits


def animation(path: Path) -> None:
    frames = [Image.fromarray(noise(8, 8, 3, np.uint8, seed)) for seed in range(3)]
    options: dict[str, Any] = {"save_all": True, "append_images": frames[1:]}
    frames[0].save(path, **options)


@pytest.mark.parametrize(("name", "word"), [("a.png", "animation"), ("a.webp", "animation"), ("a.tif", "pages")])
def test_more_than_one_picture_is_refused(tmp_path: Path, name: str, word: str) -> None:
    animation(tmp_path / name)
    with pytest.raises(PictureError, match=word):
        load(tmp_path / name)


def test_a_preview_in_a_tiff_is_left_out_with_a_note(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        file.write(noise(32, 32, 3, np.uint8), photometric="rgb", metadata=None)
        file.write(noise(8, 8, 3, np.uint8), photometric="rgb", metadata=None, subfiletype=1)
    assert any("preview" in note for note in load(tmp_path / "in.tif").notes)


def test_not_a_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("Not a picture at all, only words.")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    for path in (tmp_path, tmp_path / "absent.png", *tmp_path.iterdir()):
        with pytest.raises(PictureError) as refusal:
            load(path)
        assert refusal.value.message.endswith(".")


def test_limits_are_the_callers(tmp_path: Path) -> None:
    Image.new("RGB", (11, 10)).save(tmp_path / "a.png")
    load(tmp_path / "a.png", Limits(pixels=110))
    with pytest.raises(PictureError, match="too large"):
        load(tmp_path / "a.png", Limits(pixels=109))


def test_output_is_never_half_a_file_and_never_over_another(tmp_path: Path) -> None:
    write_file(b"first", tmp_path / "a.bin")
    with pytest.raises(PictureError, match="exists already") as refusal:
        write_file(b"second", tmp_path / "a.bin")
    assert "--force" in refusal.value.hint
    assert (tmp_path / "a.bin").read_bytes() == b"first"
    write_file(b"second", tmp_path / "a.bin", force=True)
    assert (tmp_path / "a.bin").read_bytes() == b"second"
    with pytest.raises(PictureError, match="doesn't exist"):
        write_file(b"x", tmp_path / "nowhere" / "a.bin")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureError, match="is a folder"):
        write_file(b"x", tmp_path / "folder.png", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "folder.png"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    full = tmp_path / f".a.png.{os.getpid()}.part"
    full.symlink_to("/dev/full")
    with pytest.raises(PictureError, match="can't be written"):
        write_file(b"x" * 100_000, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_unknown_suffix_is_refused() -> None:
    assert format_of(Path("a.JPG")) == "JPEG"
    with pytest.raises(PictureError, match=r"\.psd doesn't end"):
        format_of(Path("a.psd"))
