"""Writing: the shaded pixels as a new layer, in one undo step; apart from the change the image looks as before."""

from __future__ import annotations

from gi.repository import Gegl, Gimp

from shared.editor.choices import shaded_name

from . import formats, marks
from .delta import changed, kept
from .formats import FLOAT
from .read import Snapshot


def above(source: Gimp.Layer, snapshot: Snapshot, shaded: memoryview) -> Gimp.Layer:
    """Put the shaded pixels of ``source`` above it, as it lies in the image: same mode, opacity and group.

    Where both would show, the source is hidden, and so are earlier layers made from it.
    """
    image = source.get_image()
    mode = source.get_mode()
    if source.is_group() and mode == Gimp.LayerMode.PASS_THROUGH:
        mode = Gimp.LayerMode.NORMAL  # a plain layer has nothing to pass through
    covers = snapshot.opaque and mode == Gimp.LayerMode.NORMAL and source.get_opacity() == 100
    earlier = [layer for layer, sources in marks.shaded(image) if sources == [source]]
    image.undo_group_start()
    try:
        layer = _new(image, shaded_name(source.get_name()), snapshot, shaded, source.get_opacity(), mode)
        layer.set_blend_space(source.get_blend_space())
        layer.set_composite_space(source.get_composite_space())
        layer.set_composite_mode(source.get_composite_mode())
        marks.write(layer, [source])
        image.insert_layer(layer, source.get_parent(), image.get_item_position(source))
        _add_mask(layer, snapshot)
        _hide([*earlier, *([] if covers else [source])])
        image.set_selected_layers([source])  # painting goes on there, and it is what a repeat then shades
    finally:
        image.undo_group_end()
    return layer


def on_top(image: Gimp.Image, snapshot: Snapshot, shaded: memoryview) -> Gimp.Layer:
    """Put the shaded pixels of the visible image above everything, and hide what would show through."""
    selected = image.get_selected_layers()
    seen = [layer for layer in image.get_layers() if marks.read(layer) is None and layer.get_visible()]
    earlier = [(layer, sources) for layer, sources in marks.shaded(image) if layer.get_visible()]
    hidden = [source for _, sources in earlier for source in sources]
    sources = list(dict.fromkeys([*seen, *filter(None, hidden)]))
    image.undo_group_start()
    try:
        layer = _new(image, shaded_name(), snapshot, shaded, 100, Gimp.LayerMode.NORMAL)
        marks.write(layer, sources)
        image.insert_layer(layer, None, 0)
        _hide([*(layer for layer, _ in earlier), *([] if snapshot.opaque else sources)])
        image.set_selected_layers(selected)
    finally:
        image.undo_group_end()
    return layer


def _new(
    image: Gimp.Image, name: str, snapshot: Snapshot, shaded: memoryview, opacity: float, mode: Gimp.LayerMode
) -> Gimp.Layer:
    """The original pixels with the shaded ones over them, only where something changed.

    So what wasn't changed keeps its bits, also where going through the format that was sent would round them.
    """
    place, format = snapshot.place, snapshot.format
    layer = Gimp.Layer.new(image, name, place.width, place.height, snapshot.type, opacity, mode)
    layer.set_offsets(place.x, place.y)
    if snapshot.sent is not snapshot.plain:
        shaded = memoryview(formats.with_alpha_of(snapshot.plain, shaded, format.dtype))
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, place.width, place.height), snapshot.native, snapshot.original)
    for tile in changed(memoryview(snapshot.plain), shaded, place.width, format.pixel):
        rectangle = Gegl.Rectangle.new(tile.x, tile.y, tile.width, tile.height)
        runs = list(kept(tile)) if format is FLOAT else []  # integers come back from their own format as they were
        original = buffer.get(rectangle, 1.0, None, Gegl.AbyssPolicy.NONE) if runs else b""
        buffer.set(rectangle, format.name, tile.after)
        if runs:
            pixels = bytearray(buffer.get(rectangle, 1.0, None, Gegl.AbyssPolicy.NONE))
            size = len(pixels) // (tile.width * tile.height)
            for run in runs:
                bytes_of_run = slice(run.start * size, run.stop * size)
                pixels[bytes_of_run] = original[bytes_of_run]
            buffer.set(rectangle, snapshot.native, bytes(pixels))
    buffer.flush()
    layer.update(0, 0, place.width, place.height)
    return layer


def _add_mask(layer: Gimp.Layer, snapshot: Snapshot) -> None:
    """Give the layer, once it is in its image, the mask of the one it was made from."""
    if snapshot.mask is None:
        return
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    buffer = mask.get_buffer()
    rectangle = Gegl.Rectangle.new(0, 0, snapshot.place.width, snapshot.place.height)
    buffer.set(rectangle, snapshot.mask.native, snapshot.mask.pixels)
    buffer.flush()
    mask.update(0, 0, snapshot.place.width, snapshot.place.height)
    layer.set_apply_mask(snapshot.mask.applied)
    layer.set_edit_mask(False)


def _hide(layers: list[Gimp.Layer]) -> None:
    for layer in layers:
        if layer.get_visible():
            layer.set_visible(False)
