"""Reading: the pixels of a layer, or of the whole image, as the artist sees them.

What an artist sees of a layer is not in its buffer alone: there are filters, a mask, a group's children. So the layer
is copied into an image of its own, where everything that shapes it is merged into its pixels. The user's image and its
undo steps are left alone, and the copy is gone before shading begins: Cancel kills this process, and what it had left
behind in GIMP would stay there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from gi.repository import Babl, Gegl, Gimp

from shared.editor.choices import IMAGE
from shared.editor.rect import Rect
from shared.problem import Problem
from shared.protocol.messages import Options, Submit, new_id

from . import formats, marks
from .formats import Format


@dataclass(frozen=True)
class LayerMask:
    """A layer's mask, as large as the layer."""

    native: str  # babl's name for its own format
    pixels: bytes
    applied: bool


@dataclass(frozen=True)
class Snapshot:
    """A layer's pixels at one moment."""

    place: Rect
    type: Gimp.ImageType
    native: str  # babl's name for the layer's own format
    original: bytes  # in that format, without the mask
    format: Format
    plain: bytes  # the same pixels in ``format``
    sent: bytes  # with the mask applied, as they are seen
    mask: LayerMask | None = None

    @property
    def opaque(self) -> bool:
        """Whether it hides everything below it."""
        return formats.opaque(memoryview(self.sent), self.format.dtype)

    def submit(self, mask: bytes | None, options: Options) -> Submit:
        """The request to shade it, or the part of it that ``mask`` chooses."""
        width, height = self.place.width, self.place.height
        return Submit(new_id(), width, height, self.format.dtype, mask=mask is not None, options=options)


def check(image: Gimp.Image, layer: Gimp.Layer) -> None:
    """Raise ``Problem`` if the image has been closed or the layer deleted."""
    if not image.is_valid():
        raise Problem("editor.picture_closed")
    if not layer.is_valid():
        raise Problem("editor.layer_deleted")


def whole(layer: Gimp.Layer, what: str) -> Snapshot:
    """What is seen of the layer with its filters and mask, at full opacity whatever its mode; or of its image.

    Of the image, layers that were shaded before are left out, and what they hid is in.
    """
    with _seen(layer, what) as copy:
        return _take(copy)


def part(layer: Gimp.Layer, what: str, side: int) -> Snapshot:
    """A square in the middle of the selection, or of the layer or image, in 8 bits sRGB, for looking at."""
    with _seen(layer, what) as copy:
        return _take_part(copy, layer.get_image(), side)


def selection(layer: Gimp.Layer, place: Rect) -> bytes | None:
    """How much each pixel of a place is selected, a byte each, 255 for wholly; None if there is no selection.

    Raises ``Problem`` if nothing in the place is selected, which belongs to ``layer``.
    """
    image = layer.get_image()
    if Gimp.Selection.is_empty(image):
        return None
    mask = _bytes(image.get_selection(), place, "Y u8")
    if not any(mask):
        raise Problem("editor.selection_elsewhere", name=layer.get_name())
    return mask


def _seen(layer: Gimp.Layer, what: str) -> AbstractContextManager[Gimp.Layer]:
    return _seen_of_image(layer.get_image()) if what == IMAGE else _seen_of_layer(layer)


@contextmanager
def _seen_of_layer(layer: Gimp.Layer) -> Iterator[Gimp.Layer]:
    """A plain layer, perhaps with a mask, in an image of its own that holds what is seen of ``layer``."""
    image = layer.get_image()
    with _temporary(image) as temporary:
        copy = Gimp.Layer.new_from_drawable(layer, temporary)
        temporary.insert_layer(copy, None, 0)
        if copy.is_group() or copy.get_filters():
            copy = _rendered(copy, temporary, image)
        yield copy


@contextmanager
def _seen_of_image(image: Gimp.Image) -> Iterator[Gimp.Layer]:
    with _temporary(image) as temporary:
        if any(layer.get_visible() for layer, _ in marks.shaded(image)):
            unshaded = image.duplicate()
            try:
                _without_shaded(unshaded)
                copy = Gimp.Layer.new_from_visible(unshaded, temporary, None)
            finally:
                unshaded.delete()
        else:
            copy = Gimp.Layer.new_from_visible(image, temporary, None)
        temporary.insert_layer(copy, None, 0)
        yield copy


@contextmanager
def _temporary(image: Gimp.Image) -> Iterator[Gimp.Image]:
    """An empty image with the precision, profile and size of ``image``."""
    size = image.get_width(), image.get_height()
    temporary = Gimp.Image.new_with_precision(*size, image.get_base_type(), image.get_precision())
    temporary.undo_disable()
    profile = image.get_color_profile()
    if profile is not None:
        temporary.set_color_profile(profile)
    try:
        yield temporary
    finally:
        temporary.delete()


def _without_shaded(image: Gimp.Image) -> None:
    for layer, sources in marks.shaded(image):
        if layer.get_visible():
            for source in filter(None, sources):
                source.set_visible(True)
        image.remove_layer(layer)


def _rendered(layer: Gimp.Layer, alone_in: Gimp.Image, image: Gimp.Image) -> Gimp.Layer:
    """The layer as GIMP renders it, in its own size or as much larger as its filters make it inside ``image``.

    Not by merging its filters: GIMP 3.0 then reports sizes of layers that are not true.
    """
    layer.set_opacity(100)
    layer.set_mode(Gimp.LayerMode.NORMAL)
    layer.set_composite_mode(Gimp.LayerCompositeMode.AUTO)
    layer.set_visible(True)
    _, x, y = layer.get_offsets()
    left, top = min(x, 0), min(y, 0)
    right, bottom = max(x + layer.get_width(), image.get_width()), max(y + layer.get_height(), image.get_height())
    alone_in.resize(right - left, bottom - top, -left, -top)
    rendered = Gimp.Layer.new_from_visible(alone_in, alone_in, None)
    alone_in.insert_layer(rendered, None, 0)
    alone_in.select_item(Gimp.ChannelOps.REPLACE, rendered)  # what isn't transparent
    _, painted, *corners = Gimp.Selection.bounds(alone_in)
    x1, y1, x2, y2 = x - left, y - top, x - left + layer.get_width(), y - top + layer.get_height()
    if painted:
        x1, y1, x2, y2 = min(x1, corners[0]), min(y1, corners[1]), max(x2, corners[2]), max(y2, corners[3])
    rendered.resize(x2 - x1, y2 - y1, -x1, -y1)
    rendered.set_offsets(left + x1, top + y1)
    return rendered


def _take(layer: Gimp.Layer) -> Snapshot:
    whole = Rect(0, 0, layer.get_width(), layer.get_height())
    native = layer.get_format()
    format = formats.to_send(native)
    plain = _bytes(layer, whole, format.name)
    original = plain if Babl.get_name(native) == format.name else _bytes(layer, whole, None)
    mask = _take_mask(layer, whole)
    _apply_mask(layer)
    sent = _bytes(layer, whole, format.name) if mask is not None and mask.applied else plain
    return Snapshot(_place(layer), layer.type(), Babl.get_name(native), original, format, plain, sent, mask)


def _take_mask(layer: Gimp.Layer, whole: Rect) -> LayerMask | None:
    mask = layer.get_mask()
    if mask is None:
        return None
    return LayerMask(Babl.get_name(mask.get_format()), _bytes(mask, whole, None), layer.get_apply_mask())


def _apply_mask(layer: Gimp.Layer) -> None:
    """Make a mask part of the layer's alpha; the colours stay as they are, also where it hides them."""
    if layer.get_mask() is not None:
        applied = layer.get_apply_mask()
        layer.remove_mask(Gimp.MaskApplyMode.APPLY if applied else Gimp.MaskApplyMode.DISCARD)


def _take_part(layer: Gimp.Layer, image: Gimp.Image, side: int) -> Snapshot:
    _apply_mask(layer)
    whole = _place(layer)
    _, _, x1, y1, x2, y2 = Gimp.Selection.bounds(image)
    if Gimp.Selection.is_empty(image):
        x1, y1, x2, y2 = whole.x, whole.y, whole.x + whole.width, whole.y + whole.height
    part = whole.square_around((x1 + x2) // 2, (y1 + y2) // 2, side)
    inside = Rect(part.x - whole.x, part.y - whole.y, part.width, part.height)
    sent = _bytes(layer, inside, formats.BYTES.name)
    return Snapshot(part, Gimp.ImageType.RGBA_IMAGE, formats.BYTES.name, sent, formats.BYTES, sent, sent)


def _place(layer: Gimp.Layer) -> Rect:
    _, x, y = layer.get_offsets()
    return Rect(x, y, layer.get_width(), layer.get_height())


def _bytes(drawable: Gimp.Drawable, place: Rect, format: str | None) -> bytes:
    rectangle = Gegl.Rectangle.new(place.x, place.y, place.width, place.height)
    return drawable.get_buffer().get(rectangle, 1.0, format, Gegl.AbyssPolicy.NONE)
