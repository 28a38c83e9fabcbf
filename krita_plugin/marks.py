"""The mark on a shaded layer: which layers it was made from.

Krita's scripts can't attach anything to a layer. So the marks of all layers are kept in an annotation of the document,
under the layers' unique ids. Krita keeps those through renaming, undo, saving as .kra and opening again. A layer that
was duplicated, merged or copied to another picture has an id of its own, and so no mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from krita import Document, Node

ANNOTATION = "belladonna/shaded"


def write(document: Document, layer: Node, sources: list[Node]) -> None:
    """Note in the document that ``layer`` was made from ``sources``."""
    marks = {**_marks(document), _id(layer): [_id(source) for source in sources]}
    description = "Belladonna: shaded layers, and the layers they were made from"
    document.setAnnotation(ANNOTATION, description, json.dumps(marks).encode())


def read(document: Document, layer: Node) -> list[Node | None] | None:
    """The layers that ``layer`` was made from, None in place of one that is gone; None if it isn't a shaded one."""
    ids = _marks(document).get(_id(layer))
    if ids is None:
        return None
    layers = {_id(each): each for each in _layers(document)}
    return [layers.get(id) for id in ids]


def made_from(document: Document, source: Node) -> list[Node]:
    """The shaded layers in the document that were made from ``source`` alone."""
    marks, id = _marks(document), _id(source)
    return [layer for layer in _layers(document) if marks.get(_id(layer)) == [id]]


def _id(layer: Node) -> str:
    return layer.uniqueId().toString()


def _marks(document: Document) -> dict[str, list[str]]:
    """Id of a shaded layer → ids of its sources. What is damaged is left out."""
    try:
        found = json.loads(bytes(document.annotation(ANNOTATION)) or b"{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {id: [str(source) for source in sources] for id, sources in found.items() if isinstance(sources, list)}


def _layers(document: Document) -> Iterator[Node]:
    """All layers and masks of the document, however deep in groups."""
    waiting = document.rootNode().childNodes()
    while waiting:
        node = waiting.pop()
        waiting += node.childNodes()
        yield node
