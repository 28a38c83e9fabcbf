"""``belladonna anchors``."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from daemon.__main__ import main
from daemon.shading import anchors, concepts
from shared.problem import Problem


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BELLADONNA_HOME", str(tmp_path / "home"))
    Image.new("RGB", (40, 30), "red").save(tmp_path / "mine.png")
    return tmp_path / "mine.png"


def run(*arguments: object) -> int:
    return main(["anchors", *map(str, arguments)])


def test_a_picture_of_ones_own_goes_first(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = anchors.of_target("cat")
    assert run("add", "cat", picture) == 0
    out = capsys.readouterr().out
    assert "toward" in out
    assert "adds up" in out
    picture.unlink()
    mine = anchors.of_target("cat")
    assert (mine.name, mine.file, mine.source, mine.image.size) == ("cat", "mine.png", "own", (40, 30))
    assert mine.sha256 in out
    assert anchors.of_target("cat", shipped=True) == shipped
    assert run("show", "cat") == 0
    assert f"cat: yours {concepts.own.picture('cat')}, SHA-256 {mine.sha256}" in capsys.readouterr().out
    assert run("remove", "cat") == 0
    assert "photograph" in capsys.readouterr().out
    assert anchors.of_target("cat") == shipped
    assert run("remove", "cat") == 1


def test_a_target_of_ones_own(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Problem):
        anchors.of_target("red square")
    assert run("add", "red square", picture) == 0
    assert "adds up" not in capsys.readouterr().out
    assert anchors.of_target("red square").name == "red square"
    assert "red square" in concepts.pictures.every()
    assert run("remove", "red square") == 0
    assert concepts.pictures.every() == tuple(sorted(concepts.TARGETS))


def test_another_one_takes_its_place(picture: Path) -> None:
    assert run("add", "cat", picture) == 0
    other = picture.with_name("a.png")
    Image.new("RGB", (7, 7)).save(other)
    assert run("add", "cat", other) == 0
    assert anchors.of_target("cat").file == "a.png"
    folder = concepts.own.picture("cat")
    assert folder
    assert [path.name for path in folder.parent.iterdir()] == ["a.png"]


def test_the_list_has_every_target(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", "zebra", picture) == 0
    capsys.readouterr()
    assert run("list") == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.startswith("target")
    assert len(rows) == len(concepts.TARGETS) + 1
    assert rows[-1].split() == ["zebra", "yours", rows[-1].split()[2], "mine.png"]


@pytest.mark.parametrize("target", ["", "..", "../x", "a/b", ".hidden", "x" * 61, "a\nb"])
def test_a_name_that_is_no_folders(target: str, picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", target, picture) == 1
    assert "target" in capsys.readouterr().err
    assert not (picture.parent / "home" / "anchors").exists()
    assert concepts.own.picture(target) is None
    assert not concepts.own.remove(target)


def test_what_is_no_picture(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture.write_text("not a picture")
    assert run("add", "cat", picture) == 1
    assert run("add", "cat", picture.with_name("missing.png")) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert anchors.of_target("cat").source == "photograph"


def test_a_picture_that_is_gone_is_named(
    picture: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concepts.pictures, "DRAWINGS", picture.parent / "nowhere")
    for arguments in (("list",), ("show", "toaster")):
        assert run(*arguments) == 1
        assert "nowhere" in capsys.readouterr().err


def test_a_picture_that_was_damaged_later_is_named(picture: Path) -> None:
    assert run("add", "cat", picture) == 0
    place = concepts.own.picture("cat")
    assert place
    place.write_bytes(b"")
    with pytest.raises(Problem) as refusal:
        anchors.of_target("cat")
    assert refusal.value.key == "engine.anchor_unreadable"
