"""Runs inside GIMP, in its Python console's process, and does what tests ask: see ``real_gimp``.

A request is a file ``N.request`` with Python code, in ``FOLDER``; its answer is ``N.answer``, JSON: what the code left
in ``result``, or the traceback. Each request has names of its own, with the helpers below among them.
"""

from __future__ import annotations

import array
import json
import os
import random
import time
import traceback
from pathlib import Path
from typing import Any

from gi.repository import Gegl, Gimp, Gio  # pyright: ignore[reportMissingImports]

FOLDER = Path(os.environ["GIMP_DRIVER"])
SRGB = "R'G'B'A float"
PROCEDURE = "plug-in-belladonna-shade-layer"


def load(path: str) -> Gimp.Image:
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))


def save(image: Gimp.Image, path: str) -> None:
    """Write a file with GIMP's own exporter for its suffix."""
    assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path), None)


def shade(
    image: Gimp.Image, drawables: list[Any], mode: Gimp.RunMode = Gimp.RunMode.NONINTERACTIVE, **arguments: Any
) -> tuple[str, str, Any]:
    """Call the procedure: (status, error or "", the new layer or None)."""
    procedure = Gimp.get_pdb().lookup_procedure(PROCEDURE)
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_property("run-mode", mode)
    config.set_core_object_array("drawables", drawables)
    for name, value in arguments.items():
        config.set_property(name, value)
    values = procedure.run(config)
    status = values.index(0)
    done = status == Gimp.PDBStatusType.SUCCESS
    return status.value_nick, "" if done else Gimp.get_pdb().get_last_error(), values.index(1) if done else None


def pixels(drawable: Gimp.Drawable, format: str | None = None) -> bytes:
    """All pixels, in the drawable's own format unless another is named."""
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    return drawable.get_buffer().get(area, 1.0, format, Gegl.AbyssPolicy.NONE)


def fill(drawable: Gimp.Drawable, format: str, data: bytes) -> None:
    """Set all pixels."""
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height()), format, data)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def new_layer(image: Gimp.Image, kind: Gimp.ImageType, width: int, height: int, name: str = "layer") -> Gimp.Layer:
    """A layer at the top of an image."""
    layer = Gimp.Layer.new(image, name, width, height, kind, 100.0, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    return layer


def stack(image: Gimp.Image) -> list[list[Any]]:
    """[name, visible] of the top layers, from the top."""
    return [[layer.get_name(), layer.get_visible()] for layer in image.get_layers()]


def scene() -> tuple[Gimp.Image, Gimp.Layer, Gimp.Layer]:
    """An image of noise with a layer that covers it, and above it one that covers a part and is half transparent."""
    image = Gimp.Image.new(90, 60, Gimp.ImageBaseType.RGB)
    base = new_layer(image, Gimp.ImageType.RGB_IMAGE, 90, 60, "base")
    fill(base, "R'G'B' u8", random_bytes(90 * 60 * 3))
    layer = new_layer(image, Gimp.ImageType.RGBA_IMAGE, 40, 50, "paint")
    fill(layer, "R'G'B'A u8", random_bytes(40 * 50 * 4))
    layer.set_offsets(-6, 15)
    return image, base, layer


def random_bytes(count: int) -> bytes:
    """The same ones every time."""
    return random.Random(4).randbytes(count)


def seen(image: Gimp.Image) -> bytes:
    """What is visible of an image, RGBA in 8 bits."""
    other = Gimp.Image.new(image.get_width(), image.get_height(), Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new_from_visible(image, other, None)
    other.insert_layer(layer, None, 0)
    data = pixels(layer, "R'G'B'A u8")
    other.delete()
    return data


def difference(before: bytes, after: bytes) -> int:
    """The largest one."""
    return max(abs(a - b) for a, b in zip(before, after, strict=True))


def close_images() -> list[str]:
    """Close all images; the names of those that there were."""
    images = Gimp.get_images()
    names = [image.get_name() for image in images]
    for image in images:
        image.delete()
    return names


def turned_around(model: str, precision: str, profile: Gimp.ColorProfile | None) -> dict[str, Any]:
    """Shade the left part of noise in a precision with the engine that turns colours around.

    ``kept``: whether the right part is the same to the last bit. ``off``: by how much sRGB values and alpha of the left
    part differ from what they should be.
    """
    width, height, edge = 300, 20, 100
    base, kind = getattr(Gimp.ImageBaseType, model), getattr(Gimp.ImageType, f"{model}A_IMAGE")
    image = Gimp.Image.new_with_precision(width, height, base, getattr(Gimp.Precision, precision))
    if profile is not None:
        image.set_color_profile(profile)
    layer = new_layer(image, kind, width, height)
    noise = array.array("f", (0.2 + value / 319 for value in random_bytes(width * height * 4)))
    fill(layer, SRGB, noise.tobytes())
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, edge, height)
    status, problem, shaded = shade(image, [layer])
    assert status == "success", problem
    bits = [pixels(each) for each in (layer, shaded)]
    pixel = len(bits[0]) // (width * height)
    right = [slice((row * width + edge) * pixel, (row + 1) * width * pixel) for row in range(height)]
    before, after = (array.array("f", pixels(each, SRGB)) for each in (layer, shaded))
    off = 0.0
    for row in range(height):
        for value in range(row * width * 4, (row * width + edge) * 4):
            expected = before[value] if value % 4 == 3 else 1 - before[value]
            off = max(off, abs(after[value] - expected))
    result = {
        "kept": all(bits[0][part] == bits[1][part] for part in right),
        "off": off,
        "format": layer.get_format() == shaded.get_format(),
    }
    image.delete()
    return result


def serve() -> None:
    number = 0
    while True:
        request = FOLDER / f"{number}.request"
        if not request.exists():
            time.sleep(0.02)
            continue
        code = request.read_text(encoding="utf-8")
        names: dict[str, Any] = dict(globals())
        try:
            exec(compile(code, f"request {number}", "exec"), names)
            answer = {"result": names.get("result")}
        except Exception:
            answer = {"error": traceback.format_exc()}
        del names
        draft = FOLDER / f"{number}.draft"
        draft.write_text(json.dumps(answer), encoding="utf-8")
        draft.rename(FOLDER / f"{number}.answer")
        number += 1


serve()
