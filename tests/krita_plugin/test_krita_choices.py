"""What the window remembers, in Krita's settings and inside a picture."""

from __future__ import annotations

import pytest
from fake_krita import App, Document
from hypothesis import given
from hypothesis import strategies as st

from krita_plugin.choices import (
    CONCEPT,
    GROUP,
    Choices,
    concept_of,
    load,
    remember_concept,
    save,
)
from krita_plugin.vendored import IMAGE, LAYER
from shared.protocol.messages import INTENSITIES, QUALITIES, Options

chosen = st.builds(
    Choices,
    target=st.text(max_size=20),
    intensity=st.sampled_from(INTENSITIES),
    quality=st.sampled_from(QUALITIES),
    what=st.sampled_from([LAYER, IMAGE]),
)


def test_the_first_time_all_is_the_default(app: App) -> None:
    assert load(app) == Choices("", "default", "default", LAYER)


@given(chosen)
def test_choices_are_those_of_the_last_time(choices: Choices) -> None:
    app = App()
    save(app, choices)
    assert load(app) == choices
    assert {group for group, _ in app.settings} == {GROUP}


@pytest.mark.parametrize("intensity", ["low", "default", "high", "maximum"])
def test_an_intensity_that_any_version_remembered_is_still_known(app: App, intensity: str) -> None:
    app.settings = {(GROUP, "intensity"): intensity}
    assert load(app).intensity == intensity


@given(st.dictionaries(st.sampled_from(["target", "intensity", "quality", "what"]), st.text(max_size=20)))
def test_garbage_in_the_settings_is_the_default(garbage: dict[str, str]) -> None:
    app = App()
    app.settings = {(GROUP, name): value for name, value in garbage.items()}
    loaded = load(app)
    assert loaded.target == garbage.get("target", "")  # which targets there are only the daemon knows
    assert loaded.intensity in INTENSITIES
    assert loaded.quality in QUALITIES
    assert loaded.what in (LAYER, IMAGE)
    options = loaded.options("dog")
    assert (options.concept, options.target) == ("dog", loaded.target or None)


def test_options_are_what_was_chosen() -> None:
    assert Choices("cat", "low", "best", IMAGE).options("dog") == Options("dog", "cat", "low", "best")
    assert Choices().options("") == Options()


@given(st.text(max_size=200))
def test_a_picture_remembers_what_it_shows(concept: str) -> None:
    document = App().open(3, 3)
    assert concept_of(document) == ""
    remember_concept(document, concept)
    assert concept_of(document) == concept


@pytest.mark.parametrize("modified", [False, True])
def test_that_alone_is_no_reason_to_save(document: Document, modified: bool) -> None:
    document.setModified(modified)
    remember_concept(document, "dog")
    assert concept_of(document) == "dog"
    assert document.modified() is modified


def test_another_picture_shows_something_else(app: App, document: Document) -> None:
    remember_concept(document, "dog")
    other = app.open(2, 2)
    assert concept_of(other) == ""
    remember_concept(other, "castle")
    assert concept_of(document) == "dog"


def test_an_annotation_that_is_no_text_is_read_somehow(document: Document) -> None:
    document.setAnnotation(CONCEPT, "x", b"\xff dog")
    assert concept_of(document).endswith(" dog")
