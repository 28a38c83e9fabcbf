"""Reading: which layer is meant, where it lies, and its pixels.

Everything here is a call into Krita's scripting API (libkis) and nothing else; the rest of the plug-in works on what
these classes hand out. A document or layer that the artist closes or deletes stays a Python object that answers
nonsense, so ``Source.missing`` is asked before each use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import marks
from .formats import ColorSpace
from .vendored import Problem, Rect, original, wording

if TYPE_CHECKING:
    from krita import Document, Krita, Node


def layer_of(node: Node | None) -> Node | None:
    """The layer that a node belongs to: for a mask, the layer that carries it. None if there is no layer."""
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    return None if node is None or node.parentNode() is None else node


class Source:
    """What is shaded: a layer, or the whole picture as it is seen (``node`` None).

    ``bounds`` is all of it, ``area`` the part on the canvas, which is the part to shade.
    Raises ``Problem`` if there is nothing to shade.
    """

    def __init__(self, app: Krita, document: Document, node: Node | None) -> None:
        self._app, self.document, self.node = app, document, node
        canvas = Rect(0, 0, document.width(), document.height())
        if node is None:
            self.name = wording.text("editor.visible_image")
            self.bounds = canvas
            self.space = space_of(document)
            self._copy = None
        else:
            self.name = node.name()
            found = node.bounds()
            self.bounds = Rect(found.x(), found.y(), found.width(), found.height())
            self.space = space_of(node)
            # A copy shares its tiles with the layer until one of them is painted on: it is made in milliseconds, and
            # strokes that the artist makes from now on don't get into it. Of a layer with masks, and of a group or a
            # vector, what is seen is only the projection, and of that there is no such copy.
            plain = node.type() == "paintlayer" and not node.childNodes()
            self._copy = node.duplicate() if plain else None
        self.area = self.bounds.intersection(canvas)
        if self.bounds.width == 0 or self.bounds.height == 0:
            raise Problem("editor.empty", name=self.name)
        if self.area.width == 0 or self.area.height == 0:
            raise Problem("editor.outside", name=self.name)
        chosen = document.selection()
        self.selection = None if chosen is None else chosen.duplicate()

    @property
    def copy(self) -> Node | None:
        """The layer as it was when this was made, not in the document; None for what has to be flattened."""
        return self._copy

    def pixels(self, rect: Rect) -> bytes:
        """Pixels of ``space``, row by row. Raises ``Problem``."""
        if self._copy is not None:
            data = self._copy.pixelData(*rect)
        elif self.node is not None:
            data = self.node.projectionPixelData(*rect)
        else:
            data = self.document.pixelData(*rect)
        pixels = data.data()
        if len(pixels) != rect.width * rect.height * self.space.bytes_per_pixel:
            raise Problem("editor.changed", name=self.name)
        return pixels

    def weights(self, rect: Rect) -> bytes:
        """The selection, a byte a pixel: 0 = keep, 255 = shade. There must be one."""
        assert self.selection is not None
        return self.selection.pixelData(*rect).data()

    @property
    def missing(self) -> Problem | None:
        """What became of the document or the layer, None while both are there."""
        if not is_open(self._app, self.document):
            return Problem("editor.picture_closed")
        if self.node is not None and not is_inside(self.document, self.node):
            return Problem("editor.layer_deleted")
        return None


def is_open(app: Krita, document: Document) -> bool:
    """Whether a document is still open."""
    return document in app.documents() and document.rootNode() is not None


def is_inside(document: Document, node: Node) -> bool:
    """Whether a layer is part of a document, rather than deleted, alone or with the group that it is in."""
    while (parent := node.parentNode()) is not None:
        node = parent
    return node == document.rootNode()


def space_of(owner: Document | Node) -> ColorSpace:
    """The colour space of a document or a layer."""
    return ColorSpace(owner.colorModel(), owner.colorDepth(), owner.colorProfile())


def active_document(app: Krita) -> Document:
    """The picture that the artist works on. Raises ``Problem`` if none is open."""
    document = app.activeDocument()
    if document is None:
        raise Problem("editor.no_picture")
    return document


def active_source(app: Krita, whole_picture: bool, unshaded: bool = False) -> Source:
    """What the artist means now: the active layer, or the picture. Raises ``Problem``.

    ``unshaded``: in place of a shaded layer, the one that it was made from.
    """
    document = active_document(app)
    if whole_picture:
        return Source(app, document, None)
    layer = layer_of(document.activeNode())
    if layer is None:
        raise Problem("editor.no_active_layer")
    if unshaded:
        layer = original(layer, layer.name(), lambda each: marks.read(document, each))
    return Source(app, document, layer)
