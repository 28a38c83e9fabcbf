"""The shaded pixels as a layer of their own, directly above the one they were made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .carry import with_change
from .chunks import Chunks
from .encoding import Encoding
from .layers import Rect, Source, space_of
from .scratch import PIXELS, Scratch

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
