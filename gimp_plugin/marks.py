"""The mark on a shaded layer: which layers it was made from.

It is a parasite of the layer, with the tattoos of those layers, so GIMP keeps it through renaming and undo, in .xcf
files and in duplicates. A tattoo is a number that means another layer in another image. So each image with a shaded
layer has a name of its own, again in a parasite, and for a copy of the layer in another image the sources are gone.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

from gi.repository import Gimp

NAME = "belladonna-shaded"  # of the layer's parasite
IMAGE = "belladonna-image"  # of the image's


def write(layer: Gimp.Layer, sources: list[Gimp.Layer]) -> None:
    """Note on ``layer`` that it was made from ``sources``."""
    image = layer.get_image()
    if _name_of(image) is None:
        image.attach_parasite(Gimp.Parasite.new(IMAGE, Gimp.PARASITE_PERSISTENT, uuid.uuid4().hex.encode()))
    mark = {"image": _name_of(image), "sources": [source.get_tattoo() for source in sources]}
    layer.attach_parasite(Gimp.Parasite.new(NAME, Gimp.PARASITE_PERSISTENT, json.dumps(mark).encode()))


def read(layer: Gimp.Layer) -> list[Gimp.Layer | None] | None:
    """The layers that ``layer`` was made from, None in place of one that is gone; None if it isn't a shaded one."""
    parasite = layer.get_parasite(NAME)
    if parasite is None:
        return None
    try:
        mark = json.loads(bytes(parasite.get_data()))
        name, tattoos = mark["image"], [int(tattoo) for tattoo in mark["sources"]]
    except (ValueError, TypeError, KeyError):
        return []  # damaged, but a mark
    image = layer.get_image()
    if name != _name_of(image):
        return [None for _ in tattoos]
    return [image.get_layer_by_tattoo(tattoo) for tattoo in tattoos]


def shaded(image: Gimp.Image) -> Iterator[tuple[Gimp.Layer, list[Gimp.Layer | None]]]:
    """All shaded layers of an image, however deep in groups, each with its sources as ``read`` gives them."""
    waiting = list(image.get_layers())
    while waiting:
        layer = waiting.pop(0)
        if layer.is_group():
            waiting.extend(layer.get_children())
        if (sources := read(layer)) is not None:
            yield layer, sources


def _name_of(image: Gimp.Image) -> str | None:
    parasite = image.get_parasite(IMAGE)
    return None if parasite is None else bytes(parasite.get_data()).decode("ascii", errors="replace")
