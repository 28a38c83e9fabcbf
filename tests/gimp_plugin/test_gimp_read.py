"""What became of the layer meanwhile, and the request that is made of it. Pixels are read in real GIMP's tests."""

from __future__ import annotations

import pytest
from fake_gi import FORMAT, Image, ImageType, Layer

from gimp_plugin import read
from gimp_plugin.formats import Format
from gimp_plugin.read import Snapshot
from shared.editor.rect import Rect
from shared.problem import Problem
from shared.protocol.messages import Options, Submit

PIXELS = bytes(24)


@pytest.mark.parametrize(
    ("image_is_valid", "layer_is_valid", "key"),
    [
        (True, True, ""),
        (True, False, "editor.layer_deleted"),
        (False, False, "editor.picture_closed"),
    ],
)
def test_what_is_gone_is_said(image_is_valid: bool, layer_is_valid: bool, key: str) -> None:
    image = Image()
    layer = Layer(image, "layer", 1, 1)
    image.valid, layer.valid = image_is_valid, layer_is_valid
    if not key:
        read.check(image, layer)
        return
    with pytest.raises(Problem) as caught:
        read.check(image, layer)
    assert caught.value.key == key


@pytest.mark.parametrize("mask", [None, bytes(6)])
def test_the_request_is_as_large_as_the_layer(mask: bytes | None) -> None:
    format = Format(FORMAT, "uint8", 4)
    taken = Snapshot(Rect(-5, 7, 3, 2), ImageType.RGBA_IMAGE, FORMAT, PIXELS, format, PIXELS, PIXELS)
    submit = taken.submit(mask, Options("dog"))
    assert submit == Submit(submit.id, 3, 2, "uint8", mask=mask is not None, options=Options("dog"))
    assert submit.total_bytes == len(PIXELS) + len(mask or b"")
    assert submit.id != taken.submit(mask, Options("dog")).id
