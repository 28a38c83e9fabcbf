"""A new environment beside the old one: which is in use, and what interrupted runs leave."""

from __future__ import annotations

import os
from pathlib import Path

import plugin_trees
import pytest

from daemon.setup.environment.slots import Slots
from shared.problem import Problem


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path / "it's home")


def made(slots: Slots) -> Path:
    venv = slots.new()
    plugin_trees.lay(venv, {"name": venv.name.encode()})
    return venv


def test_one_takes_over_from_another(slots: Slots) -> None:
    assert (slots.current(), slots.draft()) == (None, None)
    first = made(slots)
    assert (slots.current(), slots.draft()) == (None, first)
    slots.use(first)
    assert (slots.current(), slots.draft()) == (first, None)
    second = made(slots)
    assert (slots.current(), slots.draft()) == (first, second)
    slots.use(second)
    assert (slots.link / "name").read_bytes() == b"2"
    slots.tidy()
    assert os.listdir(slots.folder) == ["2"]
    assert slots.current() == second
    assert slots.new().name == "3", "a number isn't used twice"


def test_the_newest_draft_counts(slots: Slots) -> None:
    newest = [made(slots) for _ in range(11)][-1]
    assert slots.draft() == newest
    slots.tidy()
    assert os.listdir(slots.folder) == []


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_that_was_not_finished_does_no_harm(slots: Slots) -> None:
    venv = made(slots)
    slots.link.with_name(".venv.new").symlink_to("nowhere")
    slots.use(venv)
    assert sorted(path.name for path in slots.link.parent.iterdir()) == ["envs", "venv"]


def test_the_home_can_be_moved(slots: Slots) -> None:
    slots.use(made(slots))
    moved = slots.link.parent.rename(slots.link.parent.with_name("elsewhere"))
    assert (moved / "venv" / "name").read_bytes() == b"1"


def test_an_environment_that_is_gone_is_none(slots: Slots) -> None:
    venv = made(slots)
    slots.use(venv)
    venv.rename(venv.with_name("away"))
    assert slots.current() is None


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_somebody_else_made_is_said(slots: Slots, kind: str) -> None:
    slots.link.parent.mkdir()
    {
        "folder": slots.link.mkdir,
        "file": slots.link.touch,
        "link": lambda: slots.link.symlink_to("/usr"),
    }[kind]()
    with pytest.raises(Problem) as caught:
        slots.current()
    assert caught.value.key == "setup.foreign_environment"


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_an_environment_from_before_there_were_slots_becomes_one(slots: Slots) -> None:
    plugin_trees.lay(slots.link, {"belladonna.json": b"{}", "bin/python": b"3.12"})
    plugin_trees.lay(slots.link.parent / "venv.new", {"bin/python": b"3.13"})
    assert slots.current() is None, "reading changes nothing"
    assert not slots.link.is_symlink()
    slots.adopt()
    assert slots.current() == slots.folder / "0"
    assert (slots.link / "bin" / "python").read_bytes() == b"3.12"
    assert not (slots.link.parent / "venv.new").exists()
    slots.use(made(slots))
    slots.tidy()
    assert [path.name for path in slots.folder.iterdir()] == ["1"]
    slots.adopt()
    assert slots.current() == slots.folder / "1"
