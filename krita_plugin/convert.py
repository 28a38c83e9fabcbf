"""Converts pixels between colour spaces in a document that nobody sees.

Krita converts only whole layers, and each conversion of a layer, even of one outside the picture, becomes a step in the
picture's undo history. In a document of its own it becomes a step in nobody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .formats import ColorSpace
from .vendored import Problem, Rect

if TYPE_CHECKING:
    from krita import Document, Krita

PIXELS = 1 << 18
"""Most pixels to convert at once. Krita takes about 40 ms even for one, and hardly more for so many."""


class Converter:
    """The hidden document is made at the first conversion; ``close`` it at the end."""

    def __init__(self, app: Krita) -> None:
        self._app = app
        self._document: Document | None = None

    def convert(self, pixels: bytes, size: Rect, source: ColorSpace, target: ColorSpace) -> bytes:
        """``pixels`` of a band of that width and height, from one space to the other. Raises ``Problem``."""
        if source == target:
            return pixels
        document = self._open()
        if document is None:
            document = self._app.createDocument(64, 64, "Belladonna", *source, 72.0)
            if document is None:
                raise _impossible(source, target)
            document.setBatchmode(True)
            self._document = document
        layer = document.createNode("band", "paintlayer")
        if ColorSpace(layer.colorModel(), layer.colorDepth(), layer.colorProfile()) != source and not (
            layer.setColorSpace(*source)
        ):
            raise _impossible(source, target)
        layer.setPixelData(pixels, 0, 0, size.width, size.height)
        if not layer.setColorSpace(*target):
            raise _impossible(source, target)
        return layer.pixelData(0, 0, size.width, size.height).data()

    def close(self) -> None:
        """Close the hidden document, if there is one. It is made again if it is needed again."""
        document = self._open()
        if document is not None:
            document.setModified(False)  # else Krita asks whether to save it
            document.close()
        self._document = None

    def _open(self) -> Document | None:
        """The document, unless somebody closed it along with all others: then it mustn't be touched."""
        document = self._document
        return document if document is not None and document in self._app.documents() else None


def _impossible(source: ColorSpace, target: ColorSpace) -> Problem:
    return Problem("editor.no_conversion", source=source.profile, target=target.profile)
