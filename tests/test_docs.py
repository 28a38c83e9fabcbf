"""What the pages say about the tree is so: links, paths, the two commands, and the import table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import import_table
from tests.source_tree import PRODUCT, ROOT, text

PAGES = [
    page.relative_to(ROOT).as_posix()
    for folder in (".", *PRODUCT[1:], "tests")
    for page in sorted((ROOT / folder).glob("*.md" if folder == "." else "**/*.md"))
    if "output" not in page.parts
]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
NOT_IN_THE_TREE = ("tests/output/", "shared/models", "shared/data")  # the last two lie beside the checkout
LONGEST_README = 120  # lines
COMMANDS = ("python3 install.py --try", "python3 tests/run.py")


def anchors(page: Path) -> set[str]:
    """What links to the page's headings may end with, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    broken = []
    for link in LINK.findall(text(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_contributing_shows_the_import_table() -> None:
    assert import_table.shown() == import_table.markdown(), "run: python -m tests.import_table"


@pytest.mark.parametrize("page", PAGES)
def test_paths_that_are_named_exist(page: str) -> None:
    named = re.findall(rf"`((?:{'|'.join((*PRODUCT, 'tests', '.github'))})/[\w./]*)`", text(page))
    assert [path for path in named if not path.startswith(NOT_IN_THE_TREE) and not (ROOT / path).exists()] == []


def test_readme_is_short_and_begins_with_the_two_commands() -> None:
    lines = text("README.md").splitlines()
    assert len(lines) <= LONGEST_README
    shown = [line.split("#")[0].strip() for line in lines if line.startswith("    ")]
    assert tuple(shown[:2]) == COMMANDS
