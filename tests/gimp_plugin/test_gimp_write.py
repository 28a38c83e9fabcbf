"""What becomes of the image: which layer is where, what is hidden, what one undo takes back."""

from __future__ import annotations

import pytest
from fake_gi import FORMAT, Image, ImageType, Layer, LayerMode

from gimp_plugin import marks, write
from gimp_plugin.formats import Format
from gimp_plugin.read import LayerMask, Snapshot
from shared.editor.rect import Rect

BYTES = Format(FORMAT, "uint8", 4)
OPAQUE = bytes([10, 20, 30, 255]) * 12
HALF = bytes([10, 20, 30, 128]) * 12
SHADED = bytes([11, 20, 30, 255]) * 12


@pytest.fixture
def image() -> Image:
    """Two layers, "top" above "bottom"."""
    image = Image()
    image.layers = [Layer(image, "top", 4, 3), Layer(image, "bottom", 4, 3)]
    return image


def snapshot(pixels: bytes = OPAQUE, mask: LayerMask | None = None, seen: bytes | None = None) -> Snapshot:
    place = Rect(-1, 2, 4, 3)
    return Snapshot(place, ImageType.RGBA_IMAGE, FORMAT, pixels, BYTES, pixels, seen or pixels, mask)


def look(image: Image) -> list[tuple[str, bool]]:
    return [(layer.name, layer.visible) for layer in image.layers]


def pixels(layer: Layer) -> bytes:
    return b"".join(layer.rows)


def test_it_lies_above_its_source_in_one_undo_step(image: Image) -> None:
    bottom = image.layers[1]
    made = write.above(bottom, snapshot(), memoryview(SHADED))
    assert look(image) == [("top", True), ("bottom (shaded)", True), ("bottom", True)]
    assert (made.offsets, pixels(made)) == ((-1, 2), SHADED)
    assert image.undo == ["start", "insert bottom (shaded)", "end"]
    assert image.selected == [bottom]


@pytest.mark.parametrize("why", ["alpha", "opacity", "mode"])
def test_the_source_is_hidden_where_both_would_show(image: Image, why: str) -> None:
    top = image.layers[0]
    top.opacity = 50 if why == "opacity" else 100
    top.mode = LayerMode.MULTIPLY if why == "mode" else LayerMode.NORMAL
    taken = HALF if why == "alpha" else OPAQUE
    made = write.above(top, snapshot(taken), memoryview(taken))
    assert look(image) == [("top (shaded)", True), ("top", False), ("bottom", True)]
    assert (made.opacity, made.mode) == (top.opacity, top.mode)


def test_a_pass_through_group_becomes_a_plain_layer_in_its_place(image: Image) -> None:
    group = image.layers[0]
    group.children, group.mode = [], LayerMode.PASS_THROUGH
    assert write.above(group, snapshot(), memoryview(SHADED)).mode == LayerMode.NORMAL


def test_a_layer_in_a_group_gets_its_copy_in_that_group(image: Image) -> None:
    group, child = image.layers[0], Layer(image, "child", 4, 3)
    group.children, child.parent = [child], group
    made = write.above(child, snapshot(), memoryview(SHADED))
    assert group.children == [made, child]


def test_a_mask_is_kept_as_a_mask_and_the_pixels_below_it_keep_their_alpha(image: Image) -> None:
    hidden = bytes([10, 20, 30, 0]) * 12
    mask = LayerMask("Y u8", bytes(range(12)), applied=True)
    changed = bytes([12, 20, 30, 0]) * 12
    made = write.above(image.layers[0], snapshot(OPAQUE, mask, seen=hidden), memoryview(changed))
    assert pixels(made) == bytes([12, 20, 30, 255]) * 12
    assert made.mask is not None
    assert b"".join(made.mask.rows) == bytes(range(12))
    assert (made.mask_applied, made.mask_edited) == (True, False)
    assert look(image)[1] == ("top", False)


def test_what_did_not_change_keeps_its_own_bits(image: Image) -> None:
    """The layer's own bits can be finer than what was sent."""
    taken = snapshot()
    finer = Snapshot(taken.place, taken.type, FORMAT, bytes([9, 9, 9, 255]) * 12, BYTES, OPAQUE, OPAQUE)
    assert pixels(write.above(image.layers[0], finer, memoryview(OPAQUE))) == finer.original


def test_shading_again_hides_the_earlier_one(image: Image) -> None:
    top = image.layers[0]
    first = write.above(top, snapshot(), memoryview(SHADED))
    assert marks.read(first) == [top]
    assert marks.read(top) is None
    write.above(top, snapshot(), memoryview(SHADED))
    assert look(image)[:3] == [("top (shaded)", False), ("top (shaded)", True), ("top", True)]


def test_the_visible_image_goes_on_top_and_hides_what_would_show_through(image: Image) -> None:
    image.layers[1].visible = False
    image.selected = [image.layers[1]]
    write.on_top(image, snapshot(HALF), memoryview(HALF))
    assert look(image) == [("Visible image (shaded)", True), ("top", False), ("bottom", False)]
    assert image.selected == [image.layers[2]]
    again = write.on_top(image, snapshot(HALF), memoryview(HALF))
    assert look(image)[:2] == [("Visible image (shaded)", True), ("Visible image (shaded)", False)]
    assert marks.read(again) == [image.layers[2]]  # what the first one hid


def test_an_undo_group_is_closed_whatever_happens(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "insert_layer", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write.above(image.layers[0], snapshot(), memoryview(SHADED))
    assert image.undo == ["start", "end"]


def test_what_was_made_from_several_is_not_hidden_for_one_of_them(image: Image) -> None:
    whole = write.on_top(image, snapshot(), memoryview(SHADED))
    image.layers.remove(image.layers[1])  # "top"
    write.above(image.layers[1], snapshot(), memoryview(SHADED))
    assert whole.visible
