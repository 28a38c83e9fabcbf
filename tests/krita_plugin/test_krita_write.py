"""The shaded layer: its pixels on the canvas and off it, its properties, its place, and which originals are hidden."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from fake_client import halved
from fake_krita import App, Document
from fake_pixels import ADOBE, CMYK, GRAY, SRGB, XYZ, Plane, Space, convert, noise

from krita_plugin import marks
from krita_plugin.convert import PIXELS, Converter
from krita_plugin.formats import ColorSpace, Encoding, encoding_of
from krita_plugin.read import Source
from krita_plugin.vendored import Block, Rect
from krita_plugin.write import NewLayer

CANVAS = (0, 0, 6, 5)
AROUND = (-2, -1, 10, 8)  # a layer that reaches out of the canvas on all sides
ADOBE_FLOAT: Space = ("RGBA", "F32", ADOBE[2])
NOISE = bytes(range(120))
OPAQUE = b"".join(bytes([value, 2 * value, 3 * value, 255]) for value in range(80))


def encoding(source: Source) -> Encoding:
    found = encoding_of(source.space)
    assert found is not None
    return found


def fill(app: App, source: Source, shade: Callable[[bytes, str], bytes] = halved) -> NewLayer:
    """The layer filled with what a daemon makes of it, such as one that makes pictures half as bright."""
    way = encoding(source)
    sent = Block()
    with closing(Converter(app)) as converter:
        sent.append(way.pack(converter.convert(source.pixels(source.area), source.area, source.space, way.transport)))
        layer = NewLayer(source)
        shaded = memoryview(shade(bytes(sent(0, len(sent))), way.dtype))
        for _ in layer.fill(sent, shaded, way, converter):
            pass
    return layer


def add(app: App, source: Source, translucent: bool = False) -> tuple[NewLayer, list[Any]]:
    layer = fill(app, source)
    assert layer.can_be_added()
    return layer, layer.add(translucent)


# ── pixels ──


def test_a_copy_keeps_what_is_off_the_canvas(app: App, document: Document) -> None:
    node = document.add_layer(OPAQUE, AROUND)
    before = Plane(4)
    before.write(OPAQUE, *AROUND)
    shaded = fill(app, Source(app, document, node)).node
    on_canvas = halved(before.read(*CANVAS), "uint8")
    assert shaded.pixelData(*CANVAS) == on_canvas
    before.write(on_canvas, *CANVAS)
    assert shaded.pixelData(*AROUND) == before.read(*AROUND)
    assert node.pixelData(*AROUND) == OPAQUE


@pytest.mark.parametrize("kind", ["grouplayer", "vectorlayer", "filelayer"])
def test_what_is_flattened_keeps_what_is_off_the_canvas_too(app: App, document: Document, kind: str) -> None:
    node = document.add_layer(OPAQUE, AROUND, kind=kind)
    expected = Plane(4)
    expected.write(OPAQUE, *AROUND)
    expected.write(halved(expected.read(*CANVAS), "uint8"), *CANVAS)
    shaded = fill(app, Source(app, document, node)).node
    assert shaded.type() == "paintlayer"
    assert shaded.pixelData(*AROUND) == expected.read(*AROUND)


@pytest.mark.parametrize("space", [SRGB, ADOBE, ADOBE_FLOAT, GRAY, CMYK, XYZ])
def test_a_copy_stays_in_the_colour_space_of_its_layer(app: App, document: Document, space: Space) -> None:
    pixels = noise(5, 2, space)
    source = Source(app, document, document.add_layer(pixels, (0, 0, 5, 2), space=space))
    way = encoding(source)
    shaded = fill(app, source).node
    assert (shaded.colorModel(), shaded.colorDepth(), shaded.colorProfile()) == space
    if way.transport == space:
        expected = way.unpack(halved(way.pack(pixels), way.dtype))
    else:
        sent = convert(pixels, space, XYZ)
        before, after = convert(sent, XYZ, space), convert(halved(sent, "float32"), XYZ, space)
        if ColorSpace(*space).has_integers:  # then the change is carried over, and not the colour
            values = [np.frombuffer(each, np.uint8).astype(int) for each in (pixels, before, after)]
            expected = (values[0] - values[1] + values[2]).clip(0, 255).astype(np.uint8).tobytes()
        else:
            expected = after
    assert shaded.pixelData(0, 0, 5, 2) == expected
    assert document.picture.history == []


@pytest.mark.parametrize("space", [SRGB, ADOBE, GRAY, CMYK])
def test_what_the_daemon_left_alone_comes_back_bit_for_bit(app: App, document: Document, space: Space) -> None:
    pixels = noise(6, 5, space)
    if space == CMYK:  # there and back, another mixture of inks comes out
        assert convert(convert(pixels, CMYK, XYZ), XYZ, CMYK) != pixels
    source = Source(app, document, document.add_layer(pixels, CANVAS, space=space))
    assert fill(app, source, lambda sent, dtype: sent).node.pixelData(*CANVAS) == pixels


def test_what_is_flattened_gets_the_pictures_colour_space(app: App) -> None:
    document = app.open(5, 2, ADOBE)
    pixels = convert(OPAQUE[:64], SRGB, GRAY)
    node = document.add_layer(pixels, (0, 0, 8, 2), kind="grouplayer", space=GRAY)
    source = Source(app, document, node)
    way = encoding(source)
    shaded = fill(app, source).node
    assert (shaded.colorModel(), shaded.colorDepth(), shaded.colorProfile()) == ADOBE
    on_canvas = way.unpack(halved(way.pack(source.pixels(source.area)), "uint16"))
    assert shaded.pixelData(0, 0, 5, 2) == convert(on_canvas, GRAY, ADOBE)
    beside = source.pixels(Rect(5, 0, 3, 2))
    assert shaded.pixelData(5, 0, 3, 2) == convert(beside, GRAY, ADOBE)
    assert document.picture.history == []


@pytest.mark.parametrize(("space", "bands"), [(SRGB, 1), (ADOBE, 3)])
def test_a_large_layer_is_written_in_bands(app: App, space: Space, bands: int) -> None:
    width, height = 700, 2 * (PIXELS // 700) + 1
    document = app.open(width, height, space)
    pixels = noise(width, height, space)
    source = Source(app, document, document.add_layer(pixels, (0, 0, width, height)))
    way = encoding(source)
    sent = Block()
    sent.append(convert(pixels, space, way.transport) if way.transport != space else pixels)
    shaded = halved(bytes(sent(0, len(sent))), way.dtype)
    layer = NewLayer(source)
    with closing(Converter(app)) as converter:
        steps = list(layer.fill(sent, memoryview(shaded), way, converter))
    assert len(steps) == bands
    expected = shaded if way.transport == space else convert(shaded, XYZ, space)  # this one rounds nothing
    assert layer.node.pixelData(0, 0, width, height) == expected


def test_the_picture_becomes_a_layer_of_its_size(app: App, document: Document) -> None:
    document.add_layer(OPAQUE, AROUND)
    document.picture.seen.write(NOISE, *CANVAS)
    shaded = fill(app, Source(app, document, None)).node
    assert shaded.pixelData(*CANVAS) == halved(NOISE, "uint8")
    bounds = shaded.bounds()
    assert (bounds.x(), bounds.y(), bounds.width(), bounds.height()) == CANVAS


# ── properties and place ──


@pytest.mark.parametrize(
    ("kind", "blending"),
    [("paintlayer", "multiply"), ("grouplayer", "multiply"), ("clonelayer", "multiply"), ("filterlayer", "normal")],
)
def test_properties_are_those_of_the_original(app: App, document: Document, kind: str, blending: str) -> None:
    node = document.add_layer(NOISE, CANVAS, "cat", kind)
    node.setOpacity(100)
    node.setVisible(False)
    node.setBlendingMode("multiply")
    node.setInheritAlpha(True)
    shaded = fill(app, Source(app, document, node)).node
    assert shaded.name() == "cat (shaded)"
    assert shaded.type() == "paintlayer"
    assert (shaded.opacity(), shaded.visible(), shaded.inheritAlpha()) == (100, False, True)
    assert shaded.blendingMode() == blending
    assert node.name() == "cat"


@pytest.mark.parametrize("kind", ["paintlayer", "vectorlayer"])
def test_it_lies_directly_above_and_is_one_step_to_undo(app: App, document: Document, kind: str) -> None:
    document.add_layer(NOISE, CANVAS, "below")
    node = document.add_layer(NOISE, CANVAS, "cat", kind)
    document.add_layer(NOISE, CANVAS, "above")
    add(app, Source(app, document, node))
    assert document.layers() == ["below", "cat", "cat (shaded)", "above"]
    assert len(document.picture.history) == 1
    document.undo()
    assert document.layers() == ["below", "cat", "above"]


def test_it_lies_in_the_group_of_its_original(app: App, document: Document) -> None:
    group = document.add_layer(NOISE, CANVAS, "group", "grouplayer")
    node = document.add_layer(NOISE, CANVAS, "cat", parent=group)
    document.add_layer(NOISE, CANVAS, "above", parent=group)
    add(app, Source(app, document, node))
    assert [child.name() for child in group.childNodes()] == ["cat", "cat (shaded)", "above"]
    assert document.layers() == ["group"]


def test_the_picture_goes_on_top(app: App, document: Document) -> None:
    add(app, Source(app, document, None))
    assert document.layers() == ["Visible image (shaded)"]
    document.add_layer(NOISE, CANVAS)
    add(app, Source(app, document, None))
    assert document.layers() == ["Visible image (shaded)", "paint", "Visible image (shaded)"]


def test_the_picture_goes_above_the_topmost_layer_and_not_above_the_selection(app: App, document: Document) -> None:
    """Krita lists the selection as a mask of the picture itself."""
    document.add_layer(NOISE, CANVAS, "cat")
    mask = document.add_layer(b"", (0, 0, 0, 0), "selection", "selectionmask")
    _, covered = add(app, Source(app, document, None), translucent=True)
    assert document.layers() == ["cat", "Visible image (shaded)", "selection"]
    assert [node.name() for node in covered] == ["cat"]
    assert mask.visible()


@pytest.mark.parametrize("whole_picture", [False, True])
def test_in_the_middle_of_a_stroke_it_cannot_be_added(app: App, document: Document, whole_picture: bool) -> None:
    layer = NewLayer(Source(app, document, None if whole_picture else document.add_layer(NOISE, CANVAS)))
    document.picture.stroke = True
    assert not layer.can_be_added()
    document.picture.stroke = False
    assert layer.can_be_added()
    assert not document.picture.locked
    assert document.picture.history == []


# ── hidden originals ──


@pytest.mark.parametrize(
    ("translucent", "opacity", "blending", "hidden"),
    [
        (False, 255, "normal", False),
        (True, 255, "normal", True),
        (False, 254, "normal", True),
        (False, 255, "multiply", True),
    ],
)
@pytest.mark.parametrize("kind", ["paintlayer", "grouplayer"])
def test_an_original_is_hidden_where_both_together_would_look_different(
    app: App, document: Document, kind: str, translucent: bool, opacity: int, blending: str, hidden: bool
) -> None:
    node = document.add_layer(NOISE, CANVAS, kind=kind)
    other = document.add_layer(NOISE, CANVAS, "other")
    node.setOpacity(opacity)
    node.setBlendingMode(blending)
    layer, covered = add(app, Source(app, document, node), translucent)
    assert covered == ([node] if hidden else [])
    assert node.visible() is not hidden
    assert other.visible()
    assert layer.node.visible()
    assert document.picture.refreshes == 0  # adding redraws the picture, and once is enough


def test_an_original_that_was_hidden_already_is_not_ours_to_show(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS)
    node.setVisible(False)
    layer, covered = add(app, Source(app, document, node), translucent=True)
    assert covered == []
    assert not layer.node.visible()


@pytest.mark.parametrize("translucent", [False, True])
def test_below_a_translucent_picture_all_that_was_seen_is_hidden(
    app: App, document: Document, translucent: bool
) -> None:
    nodes = [document.add_layer(NOISE, CANVAS, name) for name in "abc"]
    nodes[1].setVisible(False)
    layer, covered = add(app, Source(app, document, None), translucent)
    assert [node.name() for node in covered] == (["a", "c"] if translucent else [])
    assert [node.visible() for node in nodes] == [not translucent, False, not translucent]
    assert layer.node.visible()


# ── shading again ──


def test_of_the_same_layer_the_newest_is_seen(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS, "cat")
    first, _ = add(app, Source(app, document, node))
    second, covered = add(app, Source(app, document, node))
    assert document.layers() == ["cat", "cat (shaded)", "cat (shaded)"]
    assert covered == [first.node]
    assert [each.visible() for each in (node, first.node, second.node)] == [True, False, True]


def test_of_a_layer_hidden_by_its_shaded_one_the_newest_is_seen(app: App, document: Document) -> None:
    node = document.add_layer(NOISE, CANVAS, "cat")
    first, _ = add(app, Source(app, document, node), translucent=True)
    second, covered = add(app, Source(app, document, node), translucent=True)
    assert covered == [first.node]
    assert [each.visible() for each in (node, first.node, second.node)] == [False, False, True]


def test_the_mark_names_the_original_or_all_that_was_seen(app: App, document: Document) -> None:
    nodes = [document.add_layer(NOISE, CANVAS, name) for name in "abc"]
    nodes[1].setVisible(False)
    layer, _ = add(app, Source(app, document, nodes[1]))
    assert marks.read(document, layer.node) == [nodes[1]]
    layer.node.setVisible(False)
    whole, _ = add(app, Source(app, document, None))
    assert marks.read(document, whole.node) == [nodes[0], nodes[2]]
    assert [marks.read(document, node) for node in nodes] == [None, None, None]
