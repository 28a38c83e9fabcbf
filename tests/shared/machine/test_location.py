"""``location.json``: what install.py wrote is what a plug-in reads, and anything else is said in a sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import VERSION
from shared.machine import location, paths
from shared.machine.location import FILE, Location, LocationError, read, write

HERE = os.path.abspath(os.sep)
LOCATION = Location(Path(HERE, "home", "Zoë 犬", "bella'donna"), Path(HERE, "home", "venv", "bin", "python"), "1.2.3")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write(LOCATION, tmp_path)
    assert read(tmp_path) == LOCATION
    other = Location(LOCATION.python, LOCATION.home, "1.2.4", sandboxed=True)
    write(other, tmp_path)
    assert read(tmp_path) == other
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_without_a_file_things_are_where_they_usually_are(home: Path, tmp_path: Path) -> None:
    usual = Location(home, paths.venv_python(home), VERSION)
    assert read(tmp_path) == usual
    assert read(tmp_path / "missing") == usual


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        json.dumps({"home": HERE, "python": HERE}).encode(),
        json.dumps({"home": HERE, "python": None, "version": ""}).encode(),
        json.dumps({"home": "relative", "python": HERE, "version": ""}).encode(),
        json.dumps({"home": HERE, "python": "python3", "version": ""}).encode(),
        json.dumps({"home": HERE, "python": HERE, "version": "", "sandboxed": 1}).encode(),
        json.dumps({"home": HERE, "python": HERE, "version": "", "sandboxed": None}).encode(),
        json.dumps({"home": HERE, "python": HERE + "\0", "version": ""}).encode(),
        json.dumps({"home": HERE, "python": HERE, "version": ""}).encode() + b" " * location.FILE_BYTES,
    ],
)
def test_a_damaged_file_is_explained(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(LocationError) as caught:
        read(tmp_path)
    assert caught.value.key == "machine.location_damaged"
    assert caught.value.values["path"] == str(tmp_path / FILE)


@given(st.binary(max_size=200))
def test_any_content_is_read_or_explained(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("plug-in")
    (folder / FILE).write_bytes(content)
    with pytest.raises(LocationError):
        read(folder)


def test_a_file_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(LocationError) as caught:
        read(tmp_path)
    assert caught.value.key == "machine.location_unreadable"


def test_a_newer_file_may_say_more(tmp_path: Path) -> None:
    fields = {"home": str(LOCATION.home), "python": str(LOCATION.python), "version": "1.2.3", "more": [1]}
    (tmp_path / FILE).write_text(json.dumps(fields))
    assert read(tmp_path) == LOCATION


def test_an_older_file_says_nothing_of_a_sandbox(tmp_path: Path) -> None:
    fields = {"home": str(LOCATION.home), "python": str(LOCATION.python), "version": "1.2.3"}
    (tmp_path / FILE).write_text(json.dumps(fields))
    assert read(tmp_path).sandboxed is False


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(LOCATION, tmp_path)

    def refuse(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", refuse)
        with pytest.raises(OSError, match="full"):
            write(Location(LOCATION.home, LOCATION.python, "2"), tmp_path)
    with pytest.raises(LocationError) as caught:
        write(Location(Path(HERE, "\udcff"), LOCATION.python, "2"), tmp_path)
    assert caught.value.key == "machine.location_not_text"
    assert read(tmp_path) == LOCATION
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
