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


def copied(layer: Layer, image: Image, tattoo: int) -> Layer:
    """A copy of a layer at the bottom of an image, which numbers it as it likes."""
    copy = Layer(image, layer.name, 4, 3)
    copy.parasites, copy.tattoo = dict(layer.parasites), tattoo
    image.layers.append(copy)
    return copy


def test_in_another_image_the_sources_are_gone_although_a_layer_has_their_number(image: Image) -> None:
    shaded, original = image.layers
    other = Image()
    copied(Layer(other, "stranger", 4, 3), other, original.tattoo)
    copy = copied(shaded, other, 1)
    assert marks.read(copy) == [None]
    assert refusal(other, copy).key == "editor.already_shaded"


def test_in_a_copy_of_the_image_the_sources_are_there_under_other_numbers(image: Image) -> None:
    shaded, original = image.layers
    other = Image()
    copied(Layer(other, "stranger", 4, 3), other, original.tattoo)
    copies = copied(shaded, other, 1001), copied(original, other, 1002)
    assert plugin.chosen(other, [copies[0]]) is copies[1]


def test_a_duplicate_of_the_source_is_not_taken_for_it(image: Image) -> None:
    shaded, original = image.layers
    duplicate = Layer(image, "duplicate", 4, 3)
    duplicate.parasites = dict(original.parasites)
    image.layers.insert(1, duplicate)
    assert plugin.chosen(image, [shaded]) is original
    assert plugin.chosen(image, [duplicate]) is duplicate


@pytest.mark.parametrize("data", [b"", b"{", b"7", b'"x"', b"[1, null]", b'[["a"]]', b'[["a", "b"]]', b"\xff"])
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
