"""The texts: each used key exists, each entry is used, and every placeholder gets its value."""

from __future__ import annotations

import ast
import json
import re
import string
from pathlib import Path

import pytest

from shared import wording
from shared.wording.catalogue import ENGLISH

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("shared", "daemon", "krita_plugin", "gimp_plugin")
KEY = re.compile(r"[a-z_]+\.[a-z0-9_]+")
ROOMS = {path.stem for path in ENGLISH.glob("*.json")}


def strings() -> tuple[set[str], set[str]]:
    """The program's string literals, and the beginnings of keys made by an f-string (``f"job.stage_{stage}"``)."""
    whole: set[str] = set()
    begun: set[str] = set()
    for folder in (*FOLDERS, "install.py"):
        for path in (ROOT / folder).rglob("*.py") if (ROOT / folder).is_dir() else [ROOT / folder]:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                    begun.add(str(node.values[0].value))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    whole.add(node.value)
    return whole, {text for text in begun if text.partition(".")[0] in ROOMS and "." in text and " " not in text}


def test_every_entry_is_used() -> None:
    whole, begun = strings()
    unused = {key for key in wording.keys() - whole if not any(key.startswith(start) for start in begun)}
    assert unused == set()


def test_every_key_that_a_problem_is_raised_with_exists() -> None:
    calls: set[str] = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    first = node.args[0].value
                    if isinstance(first, str) and KEY.fullmatch(first) and first.partition(".")[0] in ROOMS:
                        calls.add(first)
    assert calls - wording.keys() == set()


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_entries_are_texts_or_pairs_with_named_placeholders(room: str) -> None:
    for name, entry in json.loads((ENGLISH / f"{room}.json").read_text(encoding="utf-8")).items():
        parts = [entry] if isinstance(entry, str) else entry
        assert KEY.fullmatch(f"{room}.{name}"), name
        assert len(parts) in (1, 2), name
        assert parts[0], name
        for part in parts:
            assert all(field is None or field.isidentifier() for _, field, _, _ in string.Formatter().parse(part)), name


def test_unknown_keys_and_missing_values_are_noticed() -> None:
    for key in ("job.no_such_text", "nowhere.at_all", "job", ""):
        with pytest.raises(KeyError):
            wording.text(key)
    with pytest.raises(KeyError, match="place"):
        wording.text("job.waiting")
