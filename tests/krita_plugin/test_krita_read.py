"""What is read from Krita: which layer is meant, and its pixels as they were."""

from __future__ import annotations

import pytest
from fake_krita import App, Document
from fake_nodes import Node
from fake_pixels import CMYK, GRAY, SRGB, Plane

from krita_plugin.read import Source, active_source, layer_of
from krita_plugin.vendored import Problem, Rect

CANVAS = (0, 0, 6, 5)
RED = bytes([0, 0, 255, 255])
NOISE = bytes(range(4 * 30))


def refusal(app: App, whole_picture: bool = False, unshaded: bool = False) -> str:
    """The key of the sentence."""
    with pytest.raises(Problem) as caught:
        active_source(app, whole_picture, unshaded)
    return caught.value.key


def source_of(app: App, document: Document, node: Node | None) -> Source:
    return Source(app, document, node)


# ── which layer ──


def test_a_mask_means_the_layer_that_carries_it(document: Document) -> None:
    paint = document.add_layer(RED * 30, CANVAS)
    mask = document.add_layer(b"", (0, 0, 0, 0), "mask", "transparencymask", parent=paint)
    of_mask = document.add_layer(b"", (0, 0, 0, 0), "mask of a mask", "filtermask", parent=mask)
    assert layer_of(paint) == paint
    assert layer_of(mask) == paint
    assert layer_of(of_mask) == paint


def test_the_root_nothing_and_what_was_deleted_are_no_layers(document: Document) -> None:
    paint = document.add_layer(RED * 30, CANVAS)
    mask = document.add_layer(b"", (0, 0, 0, 0), "mask", "transparencymask", parent=paint)
    assert layer_of(None) is None
    assert layer_of(document.rootNode()) is None
    mask.remove()
    assert layer_of(mask) is None
    paint.remove()
    assert layer_of(paint) is None


@pytest.mark.parametrize("whole_picture", [False, True])
def test_without_a_picture_there_is_nothing_to_shade(app: App, whole_picture: bool) -> None:
    assert refusal(app, whole_picture) == "editor.no_picture"


def test_without_a_layer_there_is_only_the_picture(app: App, document: Document) -> None:
    assert refusal(app) == "editor.no_active_layer"
    source = active_source(app, True)
    assert source.node is None
    assert source.name == "Visible image"


def test_the_active_layer_is_shaded_or_the_picture(app: App, document: Document) -> None:
    document.add_layer(RED * 30, CANVAS, "below")
    above = document.add_layer(RED, (2, 2, 1, 1), "above")
    source = active_source(app, False)
    assert (source.node, source.name, source.bounds) == (above, "above", Rect(2, 2, 1, 1))
    assert (active_source(app, True).node, active_source(app, True).bounds) == (None, Rect(*CANVAS))


def test_an_empty_layer_is_refused(app: App, document: Document) -> None:
    document.add_layer(b"", (0, 0, 0, 0), "nothing")
    assert refusal(app) == "editor.empty"


@pytest.mark.parametrize("area", [(-3, 0, 3, 5), (6, 0, 2, 2), (0, -1, 6, 1), (0, 5, 1, 1)])
def test_a_layer_beside_the_canvas_is_refused(app: App, document: Document, area: tuple[int, int, int, int]) -> None:
    document.add_layer(RED * area[2] * area[3], area, "away")
    assert refusal(app) == "editor.outside"


def test_of_a_layer_that_reaches_out_the_part_on_the_canvas_is_shaded(app: App, document: Document) -> None:
    node = document.add_layer(RED * 100, (-2, 1, 10, 10))
    source = source_of(app, document, node)
    assert source.bounds == Rect(-2, 1, 10, 10)
    assert source.area == Rect(0, 1, 6, 4)


# ── pixels ──


def test_what_is_painted_later_does_not_get_in(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS)
    document.select(bytes(range(30)), CANVAS)
    source = source_of(app, document, node)
    node.setPixelData(RED * 30, *CANVAS)
    document.select(bytes(30), CANVAS)
    assert source.pixels(Rect(*CANVAS)) == NOISE
    assert source.pixels(Rect(1, 2, 2, 1)) == NOISE[4 * 13 : 4 * 15]
    assert source.weights(Rect(*CANVAS)) == bytes(range(30))
    assert document.picture.history == []


def test_the_selection_itself_may_be_changed(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS)
    document.select(bytes(range(30)), CANVAS)
    source = source_of(app, document, node)
    assert document.picture.selection is not None
    document.picture.selection.plane.write(bytes(30), *CANVAS)
    assert source.weights(Rect(0, 0, 3, 1)) == bytes([0, 1, 2])
    assert source.weights(Rect(-1, -1, 1, 1)) == b"\0"


@pytest.mark.parametrize(
    "kind", ["grouplayer", "vectorlayer", "clonelayer", "filelayer", "filterlayer", "filllayer", "generatorlayer"]
)
def test_of_other_layers_it_is_what_is_seen_that_is_shaded(app: App, document: Document, kind: str) -> None:
    node = document.add_layer(NOISE, CANVAS, kind=kind)
    source = source_of(app, document, node)
    assert source.copy is None
    assert source.pixels(Rect(*CANVAS)) == NOISE
    assert source.pixels(Rect(0, 1, 6, 1)) == NOISE[24:48]


def test_a_paint_layer_with_masks_is_shaded_as_it_is_seen(app: App, document: Document) -> None:
    node = document.add_layer(RED * 30, CANVAS)
    document.add_layer(b"", (0, 0, 0, 0), "mask", "transparencymask", parent=node)
    node.body.projection = Plane(4)
    node.body.projection.write(NOISE, *CANVAS)
    source = source_of(app, document, node)
    assert source.copy is None
    assert source.pixels(Rect(*CANVAS)) == NOISE


def test_the_picture_is_shaded_as_it_is_seen(app: App, document: Document) -> None:
    document.add_layer(RED * 30, CANVAS)
    document.picture.seen.write(NOISE, *CANVAS)
    assert source_of(app, document, None).pixels(Rect(*CANVAS)) == NOISE


@pytest.mark.parametrize("space", [GRAY, CMYK])
def test_a_layer_may_have_a_colour_space_of_its_own(app: App, document: Document, space: tuple[str, str, str]) -> None:
    pixels = bytes(range(100, 120))
    count = 20 // (4 if space is GRAY else 5)
    node = document.add_layer(pixels, (1, 1, 1, count), space=space)
    source = source_of(app, document, node)
    assert source.space == space
    assert source_of(app, document, None).space == SRGB
    assert source.pixels(Rect(1, 1, 1, count)) == pixels


def test_a_layer_that_changed_under_the_hand_is_refused(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS, kind="grouplayer")
    source = source_of(app, document, node)
    node.body.projection = Plane(8)  # the artist converted the picture to another depth
    with pytest.raises(Problem) as caught:
        source.pixels(Rect(*CANVAS))
    assert caught.value.key == "editor.changed"


# ── what became of it ──


def test_what_is_there_is_not_missing(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS)
    app.open(9, 9)  # another picture in front changes nothing
    assert source_of(app, document, node).missing is None
    assert source_of(app, document, None).missing is None


@pytest.mark.parametrize("whole_picture", [False, True])
def test_a_closed_picture_is_missing(app: App, document: Document, whole_picture: bool) -> None:
    node = document.add_layer(NOISE, CANVAS)
    source = source_of(app, document, None if whole_picture else node)
    document.close_anyway()
    assert source.missing == Problem("editor.picture_closed")


def test_a_deleted_layer_is_missing_and_the_picture_is_not(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS, "cat")
    source, picture = source_of(app, document, node), source_of(app, document, None)
    node.remove()
    assert source.missing == Problem("editor.layer_deleted")
    assert picture.missing is None


def test_a_layer_in_a_deleted_group_is_missing(app: App, document: Document) -> None:
    group = document.add_layer(NOISE, CANVAS, "group", "grouplayer")
    node = document.add_layer(NOISE, CANVAS, "cat", parent=group)
    source = source_of(app, document, node)
    assert source.missing is None
    group.remove()
    assert source.missing is not None
