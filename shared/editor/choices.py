"""What can be shaded, in every editor's dialog, and what the result is called."""

from __future__ import annotations

from .. import wording

LAYER, IMAGE = "layer", "image"
WHAT = (LAYER, IMAGE)


def what_labels(layer: str = "") -> dict[str, str]:
    """``LAYER`` and ``IMAGE`` → their labels; with the active layer's name where it is known."""
    active = wording.text("editor.what_layer_named", name=layer) if layer else wording.text("editor.what_layer")
    return {LAYER: active, IMAGE: wording.text("editor.what_image")}


def shaded_name(name: str = "") -> str:
    """The name of a new layer made from the layer ``name``; without a name, from the visible image."""
    return wording.text("editor.shaded_name", name=name or wording.text("editor.visible_image"))
