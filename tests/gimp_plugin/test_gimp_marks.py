"""The mark on a shaded layer, wherever the layer goes."""

from __future__ import annotations

import pytest
from fake_gi import Image, Layer, Parasite

from gimp_plugin import marks, plugin
from shared.problem import Problem


@pytest.fixture
def image() -> Image:
    """A layer "original" and above it "shaded", which is made from it."""
    image = Image()
    image.layers = [Layer(image, "shaded", 4, 3), Layer(image, "original", 4, 3)]
    marks.write(image.layers[0], [image.layers[1]])
    return image


def refusal(image: Image, layer: Layer) -> Problem:
    with pytest.raises(Problem) as caught:
        plugin.chosen(image, [layer])
    return caught.value


def test_in_place_of_a_shaded_layer_its_source_is_chosen(image: Image) -> None:
    shaded, original = image.layers
    shaded.name = "final"
    assert plugin.chosen(image, [shaded]) is original
    original.name = "study (shaded)"
    assert plugin.chosen(image, [original]) is original


def test_a_duplicate_has_the_same_source(image: Image) -> None:
    copy = Layer(image, "copy", 4, 3)
    copy.parasites = dict(image.layers[0].parasites)
    image.layers.insert(0, copy)
    assert plugin.chosen(image, [copy]) is image.layers[2]
    assert [layer.name for layer, _ in marks.shaded(image)] == ["copy", "shaded"]


def test_without_its_source_it_is_refused(image: Image) -> None:
    shaded = image.layers[0]
    image.layers.pop()
    assert marks.read(shaded) == [None]
    assert refusal(image, shaded) == Problem("editor.already_shaded", name="shaded")


@pytest.mark.parametrize("has_shaded_layers", [False, True])
def test_in_another_image_the_sources_are_gone_although_a_layer_has_the_tattoo(
    image: Image, has_shaded_layers: bool
) -> None:
    other = Image()
    copy, stranger = Layer(other, "copy", 4, 3), Layer(other, "stranger", 4, 3)
    other.layers = [copy, stranger]
    copy.parasites = dict(image.layers[0].parasites)
    stranger.tattoo = image.layers[1].tattoo
    if has_shaded_layers:
        other.layers.append(Layer(other, "more", 4, 3))
        marks.write(other.layers[2], [stranger])
    assert marks.read(copy) == [None]
    assert refusal(other, copy).key == "editor.already_shaded"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"7", b'"x"', b"[1, null]", b"{}", b'{"image": 1, "sources": [[]]}', b"\xff"]
)
def test_a_damaged_mark_still_marks(image: Image, data: bytes) -> None:
    image.layers[1].attach_parasite(Parasite(marks.NAME, 1, data))
    assert marks.read(image.layers[1]) == []
    assert refusal(image, image.layers[1]).key == "editor.already_shaded"


def test_all_are_found_however_deep(image: Image) -> None:
    group, child = Layer(image, "group", 4, 3), Layer(image, "child", 4, 3)
    group.children, child.parent = [child], group
    image.layers.append(group)
    marks.write(child, [image.layers[1]])
    assert {layer.name: sources for layer, sources in marks.shaded(image)} == {
        "shaded": [image.layers[1]],
        "child": [image.layers[1]],
    }
