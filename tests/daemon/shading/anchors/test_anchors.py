"""Anchors: any size is covered, what is transparent is white, and what can't be read is a sentence."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
import torch
from made_pictures import waves
from PIL import Image

from daemon.shading import anchors, concepts
from daemon.shading.anchors import Anchor, photographs
from daemon.shading.anchors import anchor as anchor_module
from daemon.shading.concepts import pictures, table
from shared.problem import Problem
from shared.protocol.messages import Code

# Sides at which a division comes out a little above a whole number lie among them, for each of the pictures.
SIDES = [*range(1, 40), 57, 69, 79, 111, 113, 158, 171, 240, 256, 313, 317, 400, 427, 512]


def of(picture: Image.Image) -> Anchor:
    return Anchor("made", "made.png", "", picture)


def anchors_file(target: str) -> str:
    return {**concepts.PHOTOGRAPHS, **concepts.DRAWINGS}[target]


@pytest.mark.parametrize("target", concepts.TARGETS)
def test_every_target_covers_every_size(target: str) -> None:
    anchor = anchors.of_target(target)
    for side in SIDES:
        for height, width in ((side, side), (side, 3), (3, side), (side, 300)):
            covering = anchor.covering(height, width)
            assert covering.shape == (1, 3, height, width), (height, width)
            assert covering.dtype == torch.float32
            assert 0 <= covering.min() <= covering.max() <= 1
    assert len(anchor.sha256) == 64
    assert anchor.name == target
    assert anchor.file == anchors_file(target)


def test_it_is_centred_and_keeps_its_aspect() -> None:
    """A picture with its columns numbered: what is seen is the middle, at one scale for both directions."""
    columns = np.broadcast_to(np.arange(200, dtype=np.uint8)[None, :, None], (100, 200, 3))
    seen = of(Image.fromarray(np.ascontiguousarray(columns))).covering(50, 50)[0, 0] * 255
    assert (seen.diff(dim=0).abs() < 1).all()
    assert (seen.diff(dim=1)[:, 2:-2] - 2).abs().max() <= 1  # two columns of the picture to one of these
    assert seen.mean() == pytest.approx(99.5, abs=1)
    assert float(seen[0, 0]) == pytest.approx(50.5, abs=2)


def test_its_own_size_gives_the_picture_itself() -> None:
    rgb = waves(31, 47)
    assert np.array_equal(of(Image.fromarray(rgb)).covering(31, 47)[0].permute(1, 2, 0) * 255, rgb.astype(np.float32))


def test_an_unknown_target_says_where_the_known_ones_are() -> None:
    with pytest.raises(Problem) as refusal:
        anchors.of_target("zebra")
    assert (refusal.value.key, refusal.value.code) == ("engine.unknown_target", Code.UNSUPPORTED)
    assert refusal.value.values == {"target": "zebra"}
    assert "belladonna anchors" in refusal.value.hint


def test_without_the_photographs_the_installation_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(photographs, "distribution", absent)
    with pytest.raises(Problem) as refusal:
        anchors.of_target("cat")
    assert (refusal.value.key, refusal.value.code) == ("engine.pictures_missing", Code.MODEL_MISSING)


def test_without_a_picture_another_targets_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "TARGETS", (*concepts.TARGETS, "zebra", "hatstand"))
    monkeypatch.setattr(table, "STAND_INS", {"zebra": "cow", "hatstand": "cat"})
    assert anchors.of_target("zebra") == anchors.of_target("cow")
    assert anchors.of_target("hatstand").name == "cat"


def test_drawings_stand_in_white_with_nothing_cut_off() -> None:
    """Their frame is white, so that little is lost where they cover a longer picture; one fills its square."""
    framed = []
    for target in concepts.DRAWINGS:
        picture = np.asarray(anchors.of_target(target).image)
        assert picture.shape == (512, 512, 3), target
        assert picture.std() > 20, target
        edge = np.concatenate([picture[:30].ravel(), picture[-30:].ravel(), picture[:, :30].ravel()])
        framed += [target] * bool(edge.min() > 240)
    assert set(concepts.DRAWINGS) - set(framed) == {"sunflower"}


@pytest.mark.parametrize("target", ["cat", "toaster"])
@pytest.mark.parametrize("content", [None, b"cut off"])
def test_a_damaged_picture_is_no_fault_of_the_artists(
    content: bytes | None, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photographs, "folder", lambda: tmp_path)
    monkeypatch.setattr(pictures, "DRAWINGS", tmp_path)
    if content is not None:
        (tmp_path / anchors_file(target)).write_bytes(content)
    with pytest.raises(Problem) as refusal:
        anchors.of_target(target)
    assert (refusal.value.key, refusal.value.code) == ("engine.pictures_missing", Code.MODEL_MISSING)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
def test_an_artists_own_picture_of_any_mode(mode: str, tmp_path: Path) -> None:
    path = tmp_path / f"my kitten.{'jpg' if mode == 'CMYK' else 'png'}"
    Image.fromarray(waves(40, 60)).convert(mode).save(path)
    anchor = anchors.of_file(str(path))
    assert (anchor.name, anchor.file) == ("my kitten", path.name)
    assert anchor.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    seen = anchor.covering(24, 24)
    assert seen.shape == (1, 3, 24, 24)
    assert seen.std() > 0.05


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    rgba = np.zeros((20, 20, 4), np.uint8)
    rgba[:10, :, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "half.png")
    seen = anchors.of_file(str(tmp_path / "half.png")).covering(20, 20)
    assert (seen[..., :10, :] == 0).all()
    assert (seen[..., 10:, :] == 1).all()


def test_the_home_folder_has_a_short_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    Image.fromarray(waves(8, 8)).save(tmp_path / "mine.png")
    assert anchors.of_file("~/mine.png").name == "mine"


def broken(kind: str, folder: Path) -> str:
    path = folder / "anchor.png"
    if kind == "missing":
        return str(path)
    if kind == "folder":
        return str(folder)
    if kind == "nobody's home":
        return "~nobody-has-this-name/anchor.png"
    if kind == "too long":
        return str(folder / ("x" * 5000))
    if kind == "not a path":
        return "\0"
    Image.fromarray(waves(64, 64)).save(path)
    content = {"empty": b"", "text": b"<svg/>" * 50, "cut off": path.read_bytes()[:900]}[kind]
    path.write_bytes(content)
    return str(path)


def test_a_relative_path_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's folder isn't the artist's."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(waves(8, 8)).save("mine.png")
    with pytest.raises(Problem) as refusal:
        anchors.of_file("mine.png")
    assert refusal.value.key == "engine.anchor_unreadable"


@pytest.mark.parametrize(
    "kind", ["missing", "folder", "nobody's home", "too long", "not a path", "empty", "text", "cut off"]
)
def test_what_is_no_picture_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as refusal:
        anchors.of_file(broken(kind, tmp_path))
    assert (refusal.value.key, refusal.value.code) == ("engine.anchor_unreadable", Code.BAD_REQUEST)


def test_a_huge_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(waves(64, 64)).save(tmp_path / "anchor.png")
    anchors.of_file(str(tmp_path / "anchor.png"))
    monkeypatch.setattr(anchor_module, "LARGEST_PIXELS", 64 * 64 - 1)
    with pytest.raises(Problem) as refusal:
        anchors.of_file(str(tmp_path / "anchor.png"))
    assert (refusal.value.key, refusal.value.code) == ("engine.anchor_too_large", Code.TOO_LARGE)
