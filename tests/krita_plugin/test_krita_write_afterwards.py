"""Hidden originals come back when their shaded layer goes, and hide again when it comes back."""

from __future__ import annotations

import pytest
from fake_krita import App, Document
from fake_nodes import Node

from krita_plugin.write import Activation, Covered

CANVAS = (0, 0, 6, 5)


@pytest.fixture
def original(document: Document) -> Node:
    return document.add_layer(bytes(120), CANVAS)


@pytest.fixture
def shaded(document: Document, original: Node) -> Node:
    """Above the original, which is hidden."""
    shaded = original.duplicate()
    parent = original.parentNode()
    assert parent is not None
    parent.addChildNode(shaded, original)
    original.setVisible(False)
    return shaded


@pytest.fixture
def covered(app: App, document: Document, original: Node, shaded: Node) -> Covered:
    return Covered(app, document, shaded, [original])


def test_nothing_happens_while_the_shaded_layer_is_there(covered: Covered, document: Document, original: Node) -> None:
    assert all(covered.follow() for _ in range(3))
    assert not original.visible()
    assert document.picture.refreshes == 0


def test_undo_and_redo_are_followed(covered: Covered, document: Document, original: Node) -> None:
    for _ in range(2):
        document.undo()
        assert covered.follow()
        assert original.visible()
        document.redo()
        assert covered.follow()
        assert not original.visible()
    assert document.picture.refreshes == 4


def test_deleting_the_shaded_layer_shows_the_original(covered: Covered, original: Node, shaded: Node) -> None:
    shaded.remove()
    assert covered.follow()
    assert original.visible()


def test_a_shaded_layer_in_a_group_that_is_undone(app: App, document: Document) -> None:
    """Its group goes away, and the layer still lies in it."""
    original = document.add_layer(bytes(120), CANVAS)
    group = document.add_layer(bytes(120), CANVAS, "group", "grouplayer")
    shaded = document.add_layer(bytes(120), CANVAS, "shaded", parent=group)
    original.setVisible(False)
    covered = Covered(app, document, shaded, [original])
    assert covered.follow()
    assert not original.visible()
    group.remove()
    assert covered.follow()
    assert original.visible()


def test_the_artists_own_choice_is_not_undone(covered: Covered, document: Document, original: Node) -> None:
    original.setVisible(True)
    assert covered.follow()
    assert original.visible()
    document.undo()
    assert covered.follow()
    original.setVisible(False)
    assert covered.follow()
    assert not original.visible()


def test_of_several_originals_all_follow(app: App, document: Document, original: Node, shaded: Node) -> None:
    other = document.add_layer(bytes(120), CANVAS, "other")
    other.setVisible(False)
    covered = Covered(app, document, shaded, [original, other])
    document.undo()
    covered.follow()
    assert original.visible()
    assert other.visible()


def test_it_is_over_when_the_picture_is_closed(covered: Covered, document: Document, original: Node) -> None:
    document.close_anyway()
    assert not covered.follow()
    assert not original.visible()


# ── the active layer ──


@pytest.fixture
def other(document: Document) -> Node:
    return document.add_layer(bytes(120), CANVAS, "other")


def test_the_artist_goes_on_where_he_was(app: App, document: Document, shaded: Node, other: Node) -> None:
    document.setActiveNode(other)
    activation = Activation(app, document, shaded, other)
    assert activation.follow()  # Krita hasn't made the new layer active yet
    document.setActiveNode(shaded)
    assert not activation.follow()
    assert document.activeNode() == other


def test_a_layer_that_the_artist_chose_meanwhile_stays_active(
    app: App, document: Document, original: Node, shaded: Node, other: Node
) -> None:
    document.setActiveNode(original)
    activation = Activation(app, document, shaded, other)
    turns = 1
    while activation.follow():
        turns += 1
    assert turns == Activation.TURNS + 1
    assert document.activeNode() == original


def test_nothing_becomes_active_in_a_closed_picture(app: App, document: Document, shaded: Node, other: Node) -> None:
    activation = Activation(app, document, shaded, other)
    document.close_anyway()
    assert not activation.follow()
