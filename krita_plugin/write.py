"""Writing: the shaded pixels as a layer of their own, above the one they were made from, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import marks
from .convert import PIXELS, Converter
from .delta import with_change
from .formats import Encoding
from .read import Source, is_inside, is_open, space_of
from .vendored import Block, Rect, shaded_name

if TYPE_CHECKING:
    from krita import Document, Krita, Node

BAND_PIXELS = 1 << 20
"""Most pixels to read or write at once where nothing is converted."""


class NewLayer:
    """Filled outside the document band by band, then added in one step, which the artist can undo.

    A plain paint layer's result is a copy of that layer with other pixels: what it has off the canvas, its frames,
    opacity and blending stay. What had to be flattened (a group, a vector, a layer with masks, the whole picture)
    becomes a new paint layer.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        original = source.node
        if source.copy is not None:
            self.node = source.copy
        else:
            self.node = source.document.createNode("shaded", "paintlayer")
            if original is not None:
                self.node.setOpacity(original.opacity())
                self.node.setVisible(original.visible())
                self.node.setInheritAlpha(original.inheritAlpha())
                # A filter layer shows what lies below it; its mode is not meant for pixels of its own.
                if original.type() != "filterlayer":
                    self.node.setBlendingMode(original.blendingMode())
        self.node.setName(shaded_name("" if original is None else source.name))

    def fill(self, sent: Block, shaded: memoryview, encoding: Encoding, converter: Converter) -> Iterator[None]:
        """Write what came back from the daemon for what was sent, a band at each step. Raises ``Problem``."""
        source, space = self._source, space_of(self.node)
        same = encoding.transport == space
        # Floats come back from XYZ as they were; and what is of another space to begin with has nothing to be kept.
        only_change = not same and space == source.space and space.has_integers
        start = 0
        for band in source.area.rows(BAND_PIXELS if same else PIXELS):
            length = band.width * band.height * encoding.bytes_per_pixel
            pixels = encoding.unpack(bytes(shaded[start : start + length]))
            pixels = converter.convert(pixels, band, encoding.transport, space)
            if only_change:
                before = encoding.unpack(bytes(sent(start, length)))
                before = converter.convert(before, band, encoding.transport, space)
                pixels = with_change(source.pixels(band), before, pixels, space.bytes_per_channel)
            self._write(band, pixels)
            start += length
            yield
        if source.copy is None:
            for part in source.bounds.around(source.area):
                for band in part.rows(PIXELS):
                    self._write(band, converter.convert(source.pixels(band), band, source.space, space))
                    yield

    def can_be_added(self) -> bool:
        """Whether Krita is idle. It would wait for the end of a stroke, which can't come while it waits."""
        idle = self._source.document.tryBarrierLock()
        if idle:
            self._source.document.unlock()
        return idle

    def add(self, translucent: bool) -> list[Node]:
        """Put it into the document; returns the layers that were hidden for it.

        Those are the originals that would shine through, and earlier layers made from the same original, which may lie
        above. ``translucent``: some pixel is partly transparent, so two layers, one above the other, would be more
        opaque than one. Krita redraws the picture before its call returns: 70 ms at 4096² with 8 bits, more with deeper
        colours.
        """
        document, original = self._source.document, self._source.node
        if original is None:
            parent = document.rootNode()
            # The selection is a mask among them.
            below = [layer for layer in parent.childNodes() if not layer.type().endswith("mask")]
            above = below[-1] if below else None
            sources = [layer for layer in below if layer.visible()]
            covered = sources if translucent else []
        else:
            parent, above, sources = original.parentNode(), original, [original]
            assert parent is not None
            earlier = [layer for layer in marks.made_from(document, original) if layer.visible()]
            if earlier:  # their original may be hidden because of them
                self.node.setVisible(True)
            alone = translucent or self.node.opacity() < 255 or self.node.blendingMode() != "normal"
            covered = [*earlier, *([original] if alone and original.visible() else [])]
        for layer in covered:  # first, so that Krita draws once
            layer.setVisible(False)
        try:
            parent.addChildNode(self.node, above)
        except Exception:
            for layer in covered:
                layer.setVisible(True)
            raise
        marks.write(document, self.node, sources)
        return covered

    def _write(self, rect: Rect, pixels: bytes) -> None:
        self.node.setPixelData(pixels, *rect)


class Covered:
    """Layers that were hidden for a shaded one: shown while that is gone, hidden again when it is back.

    Krita doesn't count hiding as a step to undo: without this, an undo would take the shaded layer away and leave the
    original invisible, as if the work were lost. Call ``follow`` until it returns False.
    """

    def __init__(self, app: Krita, document: Document, shaded: Node, hidden: list[Node]) -> None:
        self._app, self._document, self._shaded, self._hidden = app, document, shaded, hidden
        self._there = True

    def follow(self) -> bool:
        """Look at the document and act. False once it was closed: this is over."""
        if not is_open(self._app, self._document):
            return False
        there = is_inside(self._document, self._shaded)
        if there != self._there:
            self._there = there
            for layer in self._hidden:
                layer.setVisible(not there)
            self._document.refreshProjection()
        return True


class Activation:
    """Makes the layer active again that was active before, as soon as Krita has activated the new one.

    The artist may be painting at that moment, and the next stroke is to go where the last one went. Call ``follow``
    until it returns False.
    """

    TURNS = 50  # Krita needs one or two; where it shows another document by now, it never does

    def __init__(self, app: Krita, document: Document, shaded: Node, before: Node | None) -> None:
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
