"""The table of ``test_boundaries.py`` as CONTRIBUTING.md shows it: ``python -m tests.import_table`` brings it there."""

from __future__ import annotations

import re
from itertools import groupby

from tests.source_tree import ROOT
from tests.test_boundaries import TABLE, Row

PAGE = ROOT / "CONTRIBUTING.md"
HEAD = "| files | may import | only inside functions |\n|---|---|---|\n"
WORDS = {".": "its siblings", "..": "the folder above"}


def markdown() -> str:
    """The whole table. Rows of one folder that follow each other and allow the same share a line."""
    groups = groupby(TABLE, key=lambda row: (_folder(row), row.allowed, row.inside_functions))
    return HEAD + "".join(_line(list(rows)) for _, rows in groups)


def shown() -> str:
    """The table that is in CONTRIBUTING.md now; "" if there is none."""
    found = _place(PAGE.read_text(encoding="utf-8"))
    return found[0] if found else ""


def _place(page: str) -> re.Match[str] | None:
    return re.search(rf"^{re.escape(HEAD)}(?:\|.*\n)*", page, re.MULTILINE)


def _folder(row: Row) -> str:
    return row.files.rpartition("/")[0]


def _line(rows: list[Row]) -> str:
    files = [f"`{_folder(rows[0])}/`" if row.files.endswith("/*.py") else f"`{row.files}`" for row in rows]
    return f"| {', '.join(files)} | {_names(rows[0].allowed) or 'nothing'} | {_names(rows[0].inside_functions)} |\n"


def _names(allowed: str) -> str:
    return ", ".join(WORDS.get(name, f"`{name}`") for name in allowed.split())


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    place = _place(page)
    assert place, f"{PAGE.name} has no table with this head:\n{HEAD}"
    PAGE.write_text(page[: place.start()] + markdown() + page[place.end() :], encoding="utf-8")


if __name__ == "__main__":
    main()
