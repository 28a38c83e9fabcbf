"""Concept → target: far from the concept, the same everywhere, for any text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.shading import concepts
from daemon.shading.concepts import AUTOMATIC, DEFAULT, TARGETS, Resolution, resolve
from daemon.shading.concepts.resolve import _matches, _tokens

TABLE = json.loads(Path(concepts.__file__).with_name("table.json").read_text(encoding="utf-8"))
WORDS = [(word, name) for name, entry in TABLE["categories"].items() for word in entry["words"]]


def is_close(concept: str, target: str) -> bool:
    """Does the text name the target or something like it, as the table says?"""
    categories = {match.category for match in _matches(_tokens(concept))}
    return not categories.isdisjoint(TABLE["targets"][target]["close"])


# Artists' poison adds up only if these stay as they are. A change here needs a new "version" in table.json.
FROZEN = {
    "": "cat",
    "dog": "cat",
    "golden retriever": "cat",
    "cat": "coffee",
    "tiger": "coffee",
    "wolf": "coffee",
    "horse": "rocket",
    "cow": "lighthouse",
    "bear": "rocket",
    "owl": "coffee",
    "penguin": "telephone",
    "dragon": "motorcycle",
    "butterfly": "astronaut",
    "woman": "coffee",
    "knight": "cat",
    "elf": "coffee",
    "witch": "tractor",
    "mermaid": "tractor",
    "catgirl": "motorcycle",
    "coffee": "cat",
    "mug": "rocket",
    "pizza": "rocket",
    "cake": "drums",
    "rose": "rocket",
    "tree": "coffee",
    "forest": "cat",
    "sunset": "coffee",
    "castle": "astronaut",
    "house": "rubber duck",
    "city": "cat",
    "car": "cow",
    "hat": "toaster",
    "dress": "lobster",
    "guitar": "pineapple",
    "robot": "ostrich",
    "motorcycle": "coffee",
    "rocket": "cat",
    "astronaut": "coffee",
    "galaxy": "coffee",
    "sword": "coffee",
    "watercolour": "rocket",
    "blorf": "galaxy",
    "Luna Silvermoon": "rocket",
    "a photo of my small brown dog at the beach, watercolour": "cat",
}


def test_frozen_sample_is_unchanged() -> None:
    assert TABLE["version"] == concepts.VERSION == 2
    assert {concept: resolve(concept).target for concept in FROZEN} == FROZEN


def test_every_entry_leads_to_its_category_and_away_from_itself() -> None:
    for word, name in WORDS:
        target = TABLE["categories"][name]["target"]
        assert resolve(word) == Resolution(target, known=True), word
        assert not is_close(word, target), word


def test_no_entry_stands_twice_and_the_table_is_large() -> None:
    words = [word for word, _ in WORDS]
    assert len(words) == len(set(words)) > 1500
    assert {entry["kind"] for entry in TABLE["categories"].values()} == {"subject", "setting", "style"}


def test_words_are_the_entries_in_alphabetical_order() -> None:
    words = concepts.words()
    assert len(words) == len(WORDS)
    assert set(words) == {word for word, _ in WORDS}
    latin = [word for word in words if word.isascii() and word.isalpha()]
    assert len(latin) > 1000
    assert latin == sorted(latin)
    assert words.index("zebra") < words.index("кот") < words.index("猫")


@pytest.mark.parametrize("target", TARGETS)
def test_target_is_close_to_itself_and_becomes_another(target: str) -> None:
    assert is_close(target, target)
    assert resolve(target).known
    assert resolve(target).target != target


@pytest.mark.parametrize(
    ("concept", "target"),
    [(concept, "cat") for concept in ("kitten", "Tigers", "a lion's mane", "lynx", "KITTIES", "猫の絵", "black cat")]
    + [(concept, "coffee") for concept in ("espresso", "two mugs", "teacup", "a cup of coffee", "café")]
    + [("spaceship", "rocket"), ("bicycles", "motorcycle"), ("cosmonaut", "astronaut"), ("nebulas", "galaxy")],
)
def test_what_is_like_a_target_never_becomes_it(concept: str, target: str) -> None:
    assert is_close(concept, target)
    assert resolve(concept).target != target


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("a photo of my small brown dog at the beach, watercolour", "dog"),
        ("portrait of a knight riding a horse", "knight"),
        ("at sunset, a ship", "ship"),  # a subject goes before a setting
        ("oil painting", "watercolour"),  # a style decides only alone
        ("dog astronaut", "astronaut"),  # the head stands last
        ("hot dog", "sandwich"),  # the longest entry goes first
        ("tiger lily", "tulip"),
        ("sea_lion", "whale"),
        ("wolves", "wolf"),
        ("Firemen!", "fireman"),
        ("ＤＯＧ", "dog"),
        ("Пёс", "dog"),
    ],
)
def test_free_text_is_read_as_documented(text: str, same_as: str) -> None:
    assert resolve(text) == resolve(same_as)
    assert resolve(text).known


def test_something_close_beside_the_subject_moves_the_target() -> None:
    assert resolve("dog").target == "cat"
    beside = resolve("a dog and a kitten")
    assert beside.known
    assert not is_close("a dog and a kitten", beside.target)


def test_a_text_close_to_everything_is_still_far_from_its_subject() -> None:
    text = "cat, " + ", ".join(reversed(TARGETS))
    assert all(is_close(text, target) for target in TARGETS)
    assert not is_close("cat", resolve(text).target)


@pytest.mark.parametrize("text", ["", "   ", "the", "?!", "\N{COMBINING ACUTE ACCENT}", "\ud800"])
def test_text_without_words_gets_the_default(text: str) -> None:
    assert resolve(text) == Resolution(DEFAULT, known=False)


def test_unknown_words_are_spread_over_the_automatic_targets() -> None:
    drawn = [resolve(f"xyzzy{number}") for number in range(200)]
    assert not any(resolution.known for resolution in drawn)
    assert {resolution.target for resolution in drawn} == set(AUTOMATIC)


def test_unknown_plural_and_article_draw_the_same() -> None:
    assert len({resolve(text) for text in ("blorf", "a blorf", "Blorfs!", "the  blorf")}) == 1


@given(st.text(max_size=200))
def test_any_text_resolves_and_only_words_count(text: str) -> None:
    resolution = resolve(text)
    assert resolution.target in TARGETS
    assert resolution == resolve(text)
    for variant in (text.upper(), text.lower(), f"  {text}\n", f"“{text}”!", " ".join(text.split())):
        assert resolve(variant) == resolution, variant


@given(st.lists(st.sampled_from([word for word, _ in WORDS]), min_size=1, max_size=4))
def test_no_combination_of_entries_gets_a_target_close_to_it(words: list[str]) -> None:
    text = ", ".join(words)
    assert resolve(text).known
    assert not is_close(text, resolve(text).target)


def test_answers_do_not_depend_on_the_process() -> None:
    script = "import json, sys; from daemon.shading.concepts import resolve; " + (
        "json.dump({c: resolve(c).target for c in json.load(sys.stdin)}, sys.stdout)"
    )
    for hash_seed in ("1", "2"):
        answer = subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps(list(FROZEN)),
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[4],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
            timeout=60,
        )
        assert json.loads(answer.stdout) == FROZEN
