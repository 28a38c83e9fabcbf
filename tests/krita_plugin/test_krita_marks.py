"""A shaded layer is known by its mark in the document, and by nothing else."""

from __future__ import annotations

import json

import pytest
from fake_krita import App, Document
from fake_nodes import Node

from krita_plugin import marks
from krita_plugin.read import active_source
from krita_plugin.vendored import Problem

CANVAS = (0, 0, 6, 5)
OPAQUE = bytes([1, 2, 3, 255]) * 30


@pytest.fixture
def original(document: Document) -> Node:
    return document.add_layer(OPAQUE, CANVAS, "cat")


@pytest.fixture
def shaded(document: Document, original: Node) -> Node:
    node = document.add_layer(OPAQUE, CANVAS, "cat (shaded)")
    marks.write(document, node, [original])
    return node


def shaded_again(app: App) -> str:
    """The name of the layer that *Shade layer again* would shade."""
    return active_source(app, whole_picture=False, unshaded=True).name


def test_a_mark_names_the_sources(document: Document, original: Node, shaded: Node) -> None:
    assert marks.read(document, shaded) == [original]
    assert marks.read(document, original) is None
    assert marks.made_from(document, original) == [shaded]
    assert marks.made_from(document, shaded) == []


def test_the_name_says_nothing(app: App, document: Document, original: Node, shaded: Node) -> None:
    shaded.setName("final")
    assert marks.read(document, shaded) == [original]
    assert shaded_again(app) == "cat"
    study = document.add_layer(OPAQUE, CANVAS, "study (shaded)")
    assert marks.read(document, study) is None
    assert shaded_again(app) == "study (shaded)"


def test_a_layer_shaded_twice_leads_to_its_original(app: App, document: Document, shaded: Node) -> None:
    twice = document.add_layer(OPAQUE, CANVAS, "cat (shaded) (shaded)")
    marks.write(document, twice, [shaded])
    assert shaded_again(app) == "cat"


def test_in_a_group_it_is_found_too(app: App, document: Document) -> None:
    group = document.add_layer(OPAQUE, CANVAS, "group", "grouplayer")
    inner = document.add_layer(OPAQUE, CANVAS, "inner", parent=group)
    made = document.add_layer(OPAQUE, CANVAS, "inner (shaded)", parent=group)
    marks.write(document, made, [inner])
    assert marks.read(document, made) == [inner]
    assert marks.made_from(document, inner) == [made]
    assert shaded_again(app) == "inner"


@pytest.mark.parametrize("why", ["gone", "several"])
def test_without_one_original_it_is_refused(
    app: App, document: Document, original: Node, shaded: Node, why: str
) -> None:
    if why == "gone":
        original.remove()
        assert marks.read(document, shaded) == [None]
    else:
        other = document.add_layer(OPAQUE, CANVAS, "other")
        marks.write(document, shaded, [original, other])
        document.setActiveNode(shaded)
    with pytest.raises(Problem) as caught:
        shaded_again(app)
    assert (caught.value.key, caught.value.values) == ("editor.already_shaded", {"name": "cat (shaded)"})


def test_a_duplicate_is_a_layer_like_any_other(document: Document, shaded: Node) -> None:
    copy = shaded.duplicate()
    parent = shaded.parentNode()
    assert parent is not None
    parent.addChildNode(copy, shaded)
    assert marks.read(document, copy) is None


@pytest.mark.parametrize("data", [b"", b"{", b"7", b"[]", b"\xff", b'{"x": 3, "y": [4]}'])
def test_a_damaged_annotation_marks_nothing_and_is_repaired(document: Document, original: Node, data: bytes) -> None:
    document.setAnnotation(marks.ANNOTATION, "x", data)
    assert marks.read(document, original) is None
    assert marks.made_from(document, original) == []
    made = document.add_layer(OPAQUE, CANVAS, "made")
    marks.write(document, made, [original])
    assert marks.read(document, made) == [original]
    assert isinstance(json.loads(document.annotation(marks.ANNOTATION)), dict)
