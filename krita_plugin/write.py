"""Writing: the shaded pixels as a layer of their own, above the one they were made from, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .chunks import Chunks
from .convert import PIXELS, Scratch
from .delta import with_change
from .formats import Encoding
from .read import Rect, Source, is_inside, is_open, space_of

BAND_PIXELS = 1 << 20
"""Most pixels to read or write at once where nothing is converted."""

SUFFIX = " (shaded)"


def is_shaded(name: str) -> bool:
    """Whether a layer of this name was made by Belladonna."""
    return name.endswith(SUFFIX)


class NewLayer:
    """Filled outside of the document band by band, then added in one step, which the artist can undo.

    A plain paint layer's result is a copy of that layer with other pixels: what it has off the canvas, its frames,
    opacity and blending stay. What had to be flattened (a group, a vector, a layer with masks, the whole picture)
    becomes a new paint layer.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        if source.copy is not None:
            self.node = source.copy
        else:
            self.node = source.document.createNode("shaded", "paintlayer")
            original = source.node
            if original is not None:
                self.node.setOpacity(original.opacity())
                self.node.setVisible(original.visible())
                self.node.setInheritAlpha(original.inheritAlpha())
                # A filter layer shows what lies below it; its mode is not meant for pixels of its own.
                if original.type() != "filterlayer":
                    self.node.setBlendingMode(original.blendingMode())
        self.node.setName(source.name + SUFFIX)

    def fill(self, sent: Chunks, shaded: memoryview, encoding: Encoding, scratch: Scratch) -> Iterator[None]:
        """Write what came back from the daemon for what was sent, a band at each step. Raises ``LayerError``."""
        source, space = self._source, space_of(self.node)
        same = encoding.transport == space
        # Floats come back from XYZ as they were; and what is of another space to begin with has nothing to be kept.
        only_change = not same and space == source.space and space.has_integers
        start = 0
        for band in source.area.rows(BAND_PIXELS if same else PIXELS):
            length = band.width * band.height * encoding.bytes_per_pixel
            pixels = encoding.unpack(bytes(shaded[start : start + length]))
            pixels = scratch.convert(pixels, band, encoding.transport, space)
            if only_change:
                before = encoding.unpack(bytes(sent.read(start, length)))
                before = scratch.convert(before, band, encoding.transport, space)
                pixels = with_change(source.pixels(band), before, pixels, space.bytes_per_channel)
            self._write(band, pixels)
            start += length
            yield
        if source.copy is None:
            for part in source.bounds.around(source.area):
                for band in part.rows(PIXELS):
                    self._write(band, scratch.convert(source.pixels(band), band, source.space, space))
                    yield

    def can_be_added(self) -> bool:
        """Whether Krita is idle. It would wait for the end of a stroke, which can't come while it waits."""
        idle = self._source.document.tryBarrierLock()
        if idle:
            self._source.document.unlock()
        return idle

    def add(self, translucent: bool) -> list[Any]:
        """Put it into the document; returns the layers that were hidden because they would shine through.

        Krita draws the picture anew before its call returns: 70 ms at 4096² with 8 bits, more with deeper colours.
        ``translucent``: some pixel is partly transparent, so that one above the other would be more opaque than one.
        """
        document, original = self._source.document, self._source.node
        if original is None:
            parent = document.rootNode()
            # The selection is a mask among them.
            below = [layer for layer in parent.childNodes() if not layer.type().endswith("mask")]
            above = below[-1] if below else None
            covered = [layer for layer in below if layer.visible()] if translucent else []
        else:
            parent, above = original.parentNode(), original
            alone = translucent or self.node.opacity() < 255 or self.node.blendingMode() != "normal"
            covered = [original] if alone and original.visible() else []
        for layer in covered:  # first, so that Krita draws once
            layer.setVisible(False)
        try:
            parent.addChildNode(self.node, above)
        except Exception:
            for layer in covered:
                layer.setVisible(True)
            raise
        return covered

    def _write(self, rect: Rect, pixels: bytes) -> None:
        self.node.setPixelData(pixels, *rect)


class Covered:
    """Originals hidden for the sake of one shaded layer: shown while that is gone, hidden again when it is back."""

    def __init__(self, app: Any, document: Any, shaded: Any, originals: list[Any]) -> None:
        self._app, self._document, self._shaded, self._originals = app, document, shaded, originals
        self._there = True

    def follow(self) -> bool:
        """Look at the document and act. False once it was closed: this is over."""
        if not is_open(self._app, self._document):
            return False
        there = is_inside(self._document, self._shaded)
        if there != self._there:
            self._there = there
            for layer in self._originals:
                layer.setVisible(not there)
            self._document.refreshProjection()
        return True


class Activation:
    """Makes the layer active again that was it before, as soon as Krita has made the new one active."""

    TURNS = 50  # Krita needs one or two; where it shows another document by now, it never does

    def __init__(self, app: Any, document: Any, shaded: Any, before: Any) -> None:
        self._app, self._document, self._shaded, self._before = app, document, shaded, before
        self._turns = 0

    def follow(self) -> bool:
        """Look at the document and act. False once there is nothing to do any more."""
        self._turns += 1
        if not is_open(self._app, self._document) or self._turns > self.TURNS:
            return False
        if self._document.activeNode() != self._shaded:
            return True
        self._document.setActiveNode(self._before)
        return False
