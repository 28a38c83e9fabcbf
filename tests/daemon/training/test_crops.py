"""Crops for the training: which pictures are found, which are held out, and what is cut from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_pictures import waves
from PIL import Image

from daemon.training import crops


def saved(path: Path, height: int = 120, width: int = 150, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(waves(height, width, seed)).save(path)
    return path


def a_name(held_out: bool, start: int = 0) -> str:
    """A file name that is, or is not, for validation."""
    return next(name for name in (f"{n}.png" for n in range(start, 100_000)) if crops.held_out(Path(name)) == held_out)


def test_find_looks_below_and_leaves_out(tmp_path: Path) -> None:
    one = saved(tmp_path / "b" / "one.png", seed=1)
    two = saved(tmp_path / "a" / "deep" / "two.JPG", seed=2)
    saved(tmp_path / "a" / "secret-test-picture.png", seed=3)
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    (tmp_path / "a" / "folder.png").mkdir()
    (tmp_path / "a" / "link.png").symlink_to(one)
    found = crops.find([tmp_path], ["*secret*"])
    assert found == [two, one]  # in the order of their paths
    assert crops.find([tmp_path, tmp_path / "a"], ["*secret*"]) == found  # none twice


def test_a_copy_of_a_picture_counts_once(tmp_path: Path) -> None:
    first = saved(tmp_path / "a" / "same.png")
    saved(tmp_path / "b" / "same.png")
    other = saved(tmp_path / "c" / "same.png", seed=9)
    assert crops.find([tmp_path], []) == [first, other]


def test_about_one_in_forty_is_held_out_by_its_name_alone() -> None:
    names = [f"picture {number}.png" for number in range(4000)]
    share = sum(crops.held_out(Path(name)) for name in names) / 4000
    assert 1 / 60 < share < 1 / 28
    assert all(crops.held_out(Path("elsewhere") / name) == crops.held_out(Path(name)) for name in names[:200])


def test_read_gives_rgb_over_white(tmp_path: Path) -> None:
    rgba = np.zeros((100, 100, 4), np.uint8)
    rgba[:50, :, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "half.png")
    picture = crops.read(tmp_path / "half.png")
    assert picture is not None
    assert picture.mode == "RGB"
    assert picture.getpixel((0, 0)) == (0, 0, 0)
    assert picture.getpixel((0, 99)) == (255, 255, 255)


def test_read_passes_over_what_is_broken_tiny_or_huge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = saved(tmp_path / "good.png")
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:2000])
    (tmp_path / "empty.png").write_bytes(b"")
    assert crops.read(good) is not None
    assert crops.read(tmp_path / "cut.png") is None
    assert crops.read(tmp_path / "empty.png") is None
    assert crops.read(saved(tmp_path / "thin.png", height=95)) is None
    monkeypatch.setattr(crops, "LARGEST_PIXELS", 120 * 150 - 1)
    assert crops.read(good) is None


@pytest.mark.parametrize("size", [(100, 130), (96, 500), (700, 300)])
def test_crops_have_the_size_and_come_from_everywhere(size: tuple[int, int]) -> None:
    picture = Image.fromarray(waves(*size))
    cut = list(crops.crops(picture, 64, 12, np.random.default_rng(0)))
    again = list(crops.crops(picture, 64, 12, np.random.default_rng(0)))
    assert len(cut) == 12
    assert all(crop.shape == (64, 64, 3) and crop.dtype == np.uint8 for crop in cut)
    assert all(np.array_equal(one, two) for one, two in zip(cut, again, strict=True))
    assert len({crop.tobytes() for crop in cut}) == 12


def test_empty_crops_are_left_out() -> None:
    flat = Image.new("RGB", (300, 300), (90, 120, 30))
    assert list(crops.crops(flat, 64, 10, np.random.default_rng(0))) == []


def test_collect_keeps_what_is_held_out_apart(tmp_path: Path) -> None:
    """The pictures for validation are red, the others blue."""
    for held_out, channel in ((True, 0), (False, 2)):
        rgb = np.zeros((400, 400, 3), np.uint8)
        rgb[..., channel] = waves(400, 400)[..., 0]
        Image.fromarray(rgb).save(tmp_path / a_name(held_out))
    training, validation = crops.collect([tmp_path], [], 64, 1000)
    assert training.shape[1:] == validation.shape[1:] == (64, 64, 3)
    assert len(training) == len(validation) == 4  # one for every 40,000 pixels
    assert not training[..., 0].any()
    assert training[..., 2].any()
    assert not validation[..., 2].any()


def test_collect_stops_at_its_limit(tmp_path: Path) -> None:
    for start in range(0, 3000, 300):
        saved(tmp_path / a_name(False, start), 400, 400, start)
    for start in range(0, 3000, 300):
        saved(tmp_path / a_name(True, start), 400, 400, start)
    training, _ = crops.collect([tmp_path], [], 64, 10)
    assert 10 <= len(training) < 16


def test_too_few_pictures_is_an_error(tmp_path: Path) -> None:
    saved(tmp_path / a_name(False))
    with pytest.raises(ValueError, match="Too few pictures"):
        crops.collect([tmp_path], [], 64, 100)
