"""Notes: sentences like any other, which can still be said in another language."""

from __future__ import annotations

import json

import pytest

from shared import wording
from shared.wording.note import Note, reported


def test_a_note_is_its_sentence() -> None:
    note = Note("job.step", step=3, steps=12)
    assert note == wording.text("job.step", step=3, steps=12)
    assert wording.text(note.key, **note.values) == note


def test_a_report_carries_sentences_and_keys() -> None:
    notes = [Note("job.step", step=3, steps=12), Note("job.shaded")]
    report = reported(notes)
    assert [type(told) for told in report["notes"]] == [str, str]
    assert report["note_keys"] == [
        {"key": "job.step", "values": {"step": 3, "steps": 12}},
        {"key": "job.shaded", "values": {}},
    ]
    assert json.loads(json.dumps(report)) == report
    assert reported([]) == {"notes": [], "note_keys": []}


def test_what_is_missing_is_noticed() -> None:
    with pytest.raises(KeyError):
        Note("job.no_such_text")
    with pytest.raises(KeyError, match="steps"):
        Note("job.step", step=3)
