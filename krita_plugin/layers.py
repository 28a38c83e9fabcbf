"""What Belladonna reads from Krita: which layer is meant, where it lies, and its pixels.

Everything here is a call into Krita's scripting API (libkis) and nothing else; the rest of the plug-in works on what
these classes hand out. A document or layer that the artist closes or deletes stays a Python object that answers
nonsense, so ``Source.missing`` is asked before each use.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .encoding import ColorSpace
from .errors import LayerError

VISIBLE_IMAGE = "Visible image"
NOTHING_OPEN = LayerError("No picture is open.", "Open one, then shade it.")


class Rect(NamedTuple):
    """Pixels of a document; ``x`` and ``y`` may be negative."""

    x: int
    y: int
    width: int
    height: int

    def intersection(self, other: Rect) -> Rect:
        """What both cover; without width or height if that is nothing."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Rect(left, top, max(0, right - left), max(0, bottom - top))

    def around(self, inner: Rect) -> list[Rect]:
        """What is left of this one without ``inner``, which lies within it: up to four rectangles."""
        below = inner.y + inner.height
        beside = inner.x + inner.width
        parts = [
            Rect(self.x, self.y, self.width, inner.y - self.y),
            Rect(self.x, inner.y, inner.x - self.x, inner.height),
            Rect(beside, inner.y, self.x + self.width - beside, inner.height),
            Rect(self.x, below, self.width, self.y + self.height - below),
        ]
        return [part for part in parts if part.width > 0 and part.height > 0]

    def rows(self, most_pixels: int) -> list[Rect]:
        """Cut into bands of at most so many pixels each, at least a row high."""
        height = max(1, most_pixels // max(1, self.width))
        bottom = self.y + self.height
        return [Rect(self.x, top, self.width, min(height, bottom - top)) for top in range(self.y, bottom, height)]


def layer_of(node: Any) -> Any:
    """The layer that a node belongs to: of a mask, the layer that carries it. None for no layer."""
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    return None if node is None or node.parentNode() is None else node


class Source:
    """What is shaded: a layer, or the whole picture as it is seen (``node`` None).

    ``bounds`` is all of it, ``area`` the part on the canvas: the part that anybody will see is the one to shade.
    Raises ``LayerError`` if there is nothing to shade.
    """

    def __init__(self, app: Any, document: Any, node: Any | None) -> None:
        self._app, self.document, self.node = app, document, node
        canvas = Rect(0, 0, document.width(), document.height())
        if node is None:
            self.name = VISIBLE_IMAGE
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
            raise LayerError(f"The layer “{self.name}” is empty.", "Choose a layer with something painted on it.")
        if self.area.width == 0 or self.area.height == 0:
            raise LayerError(f"The layer “{self.name}” lies outside of the picture.", "Move it onto the canvas.")
        chosen = document.selection()
        self.selection = None if chosen is None else chosen.duplicate()

    @property
    def copy(self) -> Any | None:
        """The layer as it was when this was made, not in the document; None for what has to be flattened."""
        return self._copy

    def pixels(self, rect: Rect) -> bytes:
        """Pixels of ``space``, row by row. Raises ``LayerError``."""
        if self._copy is not None:
            data = self._copy.pixelData(*rect)
        elif self.node is not None:
            data = self.node.projectionPixelData(*rect)
        else:
            data = self.document.pixelData(*rect)
        pixels = data.data()
        if len(pixels) != rect.width * rect.height * self.space.bytes_per_pixel:
            raise LayerError(f"“{self.name}” changed while it was read.", "Shade it again.")
        return pixels

    def weights(self, rect: Rect) -> bytes:
        """The selection, a byte a pixel: 0 = keep, 255 = shade. There must be one."""
        assert self.selection is not None
        return self.selection.pixelData(*rect).data()

    @property
    def missing(self) -> LayerError | None:
        """What became of the document or the layer, None while both are there."""
        if not is_open(self._app, self.document):
            return LayerError("The picture was closed before it was shaded.", "Open it and shade it again.")
        if self.node is not None and not is_inside(self.document, self.node):
            sentence = f"The layer “{self.name}” was deleted before it was shaded."
            return LayerError(sentence, "Undo the deletion and shade it again.")
        return None


def is_open(app: Any, document: Any) -> bool:
    """Whether a document wasn't closed."""
    return document in app.documents() and document.rootNode() is not None


def is_inside(document: Any, node: Any) -> bool:
    """Whether a layer is part of a document, rather than deleted, alone or with the group that it is in."""
    while (parent := node.parentNode()) is not None:
        node = parent
    return node == document.rootNode()


def space_of(owner: Any) -> ColorSpace:
    """The colour space of a document or a layer."""
    return ColorSpace(owner.colorModel(), owner.colorDepth(), owner.colorProfile())


def active_source(app: Any, whole_picture: bool) -> Source:
    """What the artist means now: the active layer, or the picture. Raises ``LayerError``."""
    document = app.activeDocument()
    if document is None:
        raise NOTHING_OPEN
    if whole_picture:
        return Source(app, document, None)
    layer = layer_of(document.activeNode())
    if layer is None:
        raise LayerError("No layer is active.", "Click a layer in the Layers docker, then shade it.")
    return Source(app, document, layer)
