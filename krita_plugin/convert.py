"""Converts pixels between colour spaces in a document that nobody sees.

Krita converts only whole layers, and each conversion of a layer, even of one outside of the picture, becomes a step of
the picture's undo history. In a document of its own it becomes a step of nothing.
"""

from __future__ import annotations

from typing import Any

from .errors import LayerError
from .formats import ColorSpace
from .read import Rect

PIXELS = 1 << 18
"""Most pixels to convert at once. Krita takes about 40 ms even for one, and hardly more for so many."""


class Scratch:
    """For ``with``, or ``close`` it. The document is made at the first conversion."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._document: Any = None

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def convert(self, pixels: bytes, size: Rect, source: ColorSpace, target: ColorSpace) -> bytes:
        """``pixels`` of a band of that width and height, from one space to the other. Raises ``LayerError``."""
        if source == target:
            return pixels
        if not self._there:
            self._document = self._app.createDocument(64, 64, "Belladonna", *source, 72.0)
            if self._document is None:
                raise _impossible(source, target)
            self._document.setBatchmode(True)
        layer = self._document.createNode("band", "paintlayer")
        if ColorSpace(layer.colorModel(), layer.colorDepth(), layer.colorProfile()) != source and not (
            layer.setColorSpace(*source)
        ):
            raise _impossible(source, target)
        layer.setPixelData(pixels, 0, 0, size.width, size.height)
        if not layer.setColorSpace(*target):
            raise _impossible(source, target)
        return layer.pixelData(0, 0, size.width, size.height).data()

    def close(self) -> None:
        if self._there:
            self._document.setModified(False)  # else Krita asks whether to save it
            self._document.close()
        self._document = None

    @property
    def _there(self) -> bool:
        """Whether there is a document. Who closes all of Krita's closes this one too; then it mustn't be touched."""
        return self._document is not None and self._document in self._app.documents()


def _impossible(source: ColorSpace, target: ColorSpace) -> LayerError:
    sentence = f"Krita can't convert this layer's colours from “{source.profile}” to “{target.profile}”."
    return LayerError(sentence, "Convert the layer to sRGB with Layer > Convert > Convert Layer Color Space.")
