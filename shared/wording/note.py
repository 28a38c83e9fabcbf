"""What a report tells people beside its figures: sentences that still know which entry of the catalogue they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .catalogue import text

Value = str | int | float


class Note(str):
    """The English of an entry. ``key`` and ``values`` let a peer say it in another language.

    Raises ``KeyError`` for a key that doesn't exist or a placeholder without a value.
    """

    key: str
    values: dict[str, Value]

    def __new__(cls, key: str, /, **values: Value) -> Note:
        """The sentence with its placeholders filled."""
        note = super().__new__(cls, text(key, **values))
        note.key, note.values = key, values
        return note


def reported(notes: Iterable[Note]) -> dict[str, list[Any]]:
    """For a report: "notes", the sentences, and "note_keys", {"key": …, "values": {…}} of each in the same order."""
    listed = list(notes)
    return {
        "notes": [str(note) for note in listed],
        "note_keys": [{"key": note.key, "values": note.values} for note in listed],
    }
