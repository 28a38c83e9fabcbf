"""The table's targets: many, each with a picture, used, and far from what they replace."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import distribution
from pathlib import Path

import pytest
from PIL import Image

from daemon.shading import anchors, concepts
from daemon.shading.concepts.table import TABLE
from tests.bench.targets import clip, sources

DRAWINGS = concepts.pictures.DRAWINGS
MOST_BYTES = 1_500_000  # of all drawings
ONLY_ASKED_FOR = {"brick wall", "grass", "gravel", "moon", "coins"}  # photographs without a thing to learn in them
ARTICLE = {"dog": "cat", "hat": "toaster", "car": "cow"}


def test_the_articles_examples_hold() -> None:
    assert {concept: concepts.resolve(concept).target for concept in ARTICLE} == ARTICLE


def test_there_are_many_and_nearly_all_are_given() -> None:
    given = Counter(entry["target"] for entry in TABLE["categories"].values())
    assert len(concepts.TARGETS) >= 60
    assert set(concepts.TARGETS) - set(given) == ONLY_ASKED_FOR
    assert set(given) <= set(concepts.TARGETS)


def test_names_are_short_plain_nouns() -> None:
    """Editors show them in a list."""
    for target in concepts.TARGETS:
        assert target.replace(" ", "").isalpha(), target
        assert target == target.lower()
        assert len(target) <= 15


def test_each_has_one_picture_or_a_stand_in_that_has() -> None:
    kinds = (concepts.PHOTOGRAPHS, concepts.DRAWINGS, concepts.STAND_INS)
    assert Counter(name for kind in kinds for name in kind) == Counter(concepts.TARGETS)
    assert set(concepts.STAND_INS.values()) <= {*concepts.PHOTOGRAPHS, *concepts.DRAWINGS}


def test_the_pictures_are_there_and_small() -> None:
    wheel = distribution("scikit-image")
    for file in concepts.PHOTOGRAPHS.values():
        assert Path(str(wheel.locate_file(f"skimage/data/{file}"))).is_file()
    files = {path.name: path.stat().st_size for path in DRAWINGS.glob("*.webp")}
    assert set(files) == set(concepts.DRAWINGS.values())
    assert sum(files.values()) <= MOST_BYTES


def test_every_drawing_is_credited() -> None:
    page = (DRAWINGS / "README.md").read_text(encoding="utf-8")
    assert {*sources.SOURCES, "toaster"} == set(concepts.DRAWINGS)
    for target, path in sources.SOURCES.items():
        assert f"| {target} | `{path}` |" in page
    assert "| toaster | – " in page
    assert "public domain" in page


def test_no_two_targets_share_a_picture() -> None:
    digests = [anchors.of_target(target).sha256 for target in concepts.TARGETS]
    assert len(set(digests)) == len(digests)


def test_automatic_targets_have_photographs_and_stay_six() -> None:
    """More of them would move the target of every name that the table doesn't know."""
    assert concepts.AUTOMATIC == ("cat", "coffee", "rocket", "astronaut", "motorcycle", "galaxy")
    assert set(concepts.AUTOMATIC) <= set(concepts.PHOTOGRAPHS)


def test_close_lists_name_categories_and_never_one_that_gets_the_target() -> None:
    for name, entry in TABLE["targets"].items():
        assert entry["close"], name
        assert len(set(entry["close"])) == len(entry["close"]), name
        assert set(entry["close"]) <= set(TABLE["categories"]), name
        assert not {category for category in entry["close"] if TABLE["categories"][category]["target"] == name}, name


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("a witch in a top hat", "sombrero"),
        ("racing car on a bridge", "bus"),
        ("tigress", "tiger"),
        ("fried egg", "cow"),
    ],
)
def test_what_is_like_a_new_target_never_becomes_it(text: str, never: str) -> None:
    assert concepts.resolve(text).known
    assert concepts.resolve(text).target != never


def test_two_new_subjects_in_one_picture_avoid_both() -> None:
    assert concepts.resolve("a hat").target == "toaster"
    assert concepts.resolve("a hat on a stove").target != "toaster"
    assert concepts.resolve("a car and a bull").target not in ("cow", "lighthouse")


def test_a_drawing_is_square_and_opaque() -> None:
    for file in concepts.DRAWINGS.values():
        with Image.open(DRAWINGS / file) as picture:
            assert (picture.mode, picture.size) == ("RGB", (512, 512)), file


@pytest.fixture(scope="module")
def rows() -> tuple[list[clip.Row], float]:
    """The categories whose words CLIP's lists have, and the median of all words with all targets."""
    if clip.missing():
        pytest.skip(f"CLIP's text embeddings are not in {clip.FOLDER}: {', '.join(clip.missing())}")
    return clip.measured(TABLE, clip.vectors())


def test_targets_are_farther_than_most_as_clip_sees_it(rows: tuple[list[clip.Row], float]) -> None:
    found, median = rows
    assert len(found) > 70
    assert {row.category: row.target for row in found if row.mean >= median} == clip.NEARER


def test_the_median_can_fail(rows: tuple[list[clip.Row], float]) -> None:
    """A cat is nearer to sheep than most things are to each other."""
    table = {**TABLE, "categories": {**TABLE["categories"], "sheep and goats": {"target": "cat", "words": ["goat"]}}}
    found, median = clip.measured(table, clip.vectors())
    assert next(row for row in found if row.category == "sheep and goats").mean > median
