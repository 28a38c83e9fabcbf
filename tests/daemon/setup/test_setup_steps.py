"""Which steps are to be done, and what the record of them says after an interruption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daemon.setup.steps import Record, Step


def step(name: str, source: str = "1", *, intact: bool = True, fails: bool = False) -> Step:
    def run() -> None:
        if fails:
            raise KeyboardInterrupt

    return Step(name, source, lambda: intact, run)


def test_what_is_done_stays_done_until_its_source_changes(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    assert not record
    steps = [step("a"), step("b"), step("c")]
    assert record.pending(steps) == steps
    for each in steps:
        record.perform(each)
    again = Record(tmp_path / "record")
    assert again
    assert list(again.pending(steps)) == []
    changed = [step("a"), step("b", "2"), step("c")]
    assert again.pending(changed) == changed[1:], "what comes after is built on it"
    broken = [step("a"), step("b"), step("c", intact=False)]
    assert again.pending(broken) == broken[2:]


def test_an_interrupted_step_is_to_be_done_again(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    record.perform(step("a"))
    record.perform(step("b"))
    with pytest.raises(KeyboardInterrupt):
        record.perform(step("b", fails=True))
    steps = [step("a"), step("b")]
    assert Record(tmp_path / "record").pending(steps) == steps[1:]
    assert json.loads((tmp_path / "record").read_text()) == {"a": "1"}


@pytest.mark.parametrize("text", ["", '{"a": "1"', "[1]", "\\x00"])
def test_a_damaged_record_says_that_nothing_is_done(tmp_path: Path, text: str) -> None:
    path = tmp_path / "record"
    path.write_text(text)
    record = Record(path)
    assert record.exists()
    assert not record.done(step("a"))
    record.perform(step("a"))
    assert Record(path).done(step("a"))
