"""The mark on a shaded layer: which layers it was made from.

It is a parasite of the layer, so GIMP keeps it through renaming and undo, in .xcf files and in duplicates. It names the
sources by an id that each of them carries in a parasite of its own: GIMP's own numbers for layers, the tattoos, mean
other layers in another image, even in a duplicate of the whole image. A duplicate of a source has the same id; where
both are there, the tattoo tells them apart.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gi.repository import Gimp

NAME = "belladonna-shaded"  # of a shaded layer's parasite
ID = "belladonna-id"  # of its sources'


class Source(NamedTuple):
    """A layer that another one was made from, as the mark names it."""

    id: str
    tattoo: int


def write(layer: Gimp.Layer, sources: list[Gimp.Layer]) -> None:
    """Note on ``layer`` that it was made from ``sources``, as part of the undo group that is open."""
    _attach(layer, NAME, json.dumps([Source(_identified(source), source.get_tattoo()) for source in sources]))


def read(layer: Gimp.Layer) -> list[Gimp.Layer | None] | None:
    """The layers that ``layer`` was made from, None in place of one that is gone; None if it isn't a shaded one."""
    mark = _mark(layer)
    return None if mark is None else _found(mark, _layers(layer.get_image()))


def shaded(image: Gimp.Image) -> list[tuple[Gimp.Layer, list[Gimp.Layer | None]]]:
    """All shaded layers of an image, however deep in groups, each with its sources as ``read`` gives them."""
    layers = list(_layers(image))
    marks = [(layer, _mark(layer)) for layer in layers]
    return [(layer, _found(mark, layers)) for layer, mark in marks if mark is not None]


def _mark(layer: Gimp.Layer) -> list[Source] | None:
    """What is noted on the layer; [] if that is damaged."""
    text = _attached(layer, NAME)
    if text is None:
        return None
    try:
        return [Source(str(id), int(tattoo)) for id, tattoo in json.loads(text)]
    except (ValueError, TypeError):
        return []


def _found(mark: list[Source], layers: Iterable[Gimp.Layer]) -> list[Gimp.Layer | None]:
    wanted = {source.id for source in mark}
    same: dict[str, list[Gimp.Layer]] = {}
    for layer in layers if wanted else ():
        if (id := _attached(layer, ID)) in wanted:
            same.setdefault(str(id), []).append(layer)
    return [
        next((layer for layer in same.get(id, ()) if layer.get_tattoo() == tattoo), next(iter(same.get(id, ())), None))
        for id, tattoo in mark
    ]


def _layers(image: Gimp.Image) -> Iterator[Gimp.Layer]:
    waiting = list(image.get_layers())
    while waiting:
        layer = waiting.pop(0)
        if layer.is_group():
            waiting.extend(layer.get_children())
        yield layer


def _identified(layer: Gimp.Layer) -> str:
    """The layer's id; one that has none gets one."""
    id = _attached(layer, ID)
    if id is None:
        id = uuid.uuid4().hex
        _attach(layer, ID, id)
    return id


def _attached(layer: Gimp.Layer, name: str) -> str | None:
    parasite = layer.get_parasite(name)
    return None if parasite is None else bytes(parasite.get_data()).decode("ascii", errors="replace")


def _attach(layer: Gimp.Layer, name: str, text: str) -> None:
    flags = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
    layer.attach_parasite(Gimp.Parasite.new(name, flags, text.encode("ascii")))
