"""The note that a shaded layer carries: which layers it was made from.

It is what keeps a repeated *Shade layer* from shading the shaded layer once more. GIMP saves it with the image.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from gi.repository import Gimp

NAME = "belladonna-shaded"


def write(layer: Gimp.Layer, sources: list[Gimp.Layer]) -> None:
    """Note on ``layer`` that it was made from ``sources``."""
    tattoos = [source.get_tattoo() for source in sources]
    layer.attach_parasite(Gimp.Parasite.new(NAME, Gimp.PARASITE_PERSISTENT, json.dumps(tattoos).encode()))


def read(layer: Gimp.Layer) -> list[int] | None:
    """The tattoos of the layers that ``layer`` was made from; None if it isn't a shaded one."""
    parasite = layer.get_parasite(NAME)
    if parasite is None:
        return None
    try:
        tattoos = json.loads(bytes(parasite.get_data()))
    except ValueError:
        return []
    return [tattoo for tattoo in tattoos if isinstance(tattoo, int)] if isinstance(tattoos, list) else []


def shaded(image: Gimp.Image) -> Iterator[tuple[Gimp.Layer, list[int]]]:
    """All shaded layers of an image, however deep in groups, each with the tattoos of its sources."""
    waiting = list(image.get_layers())
    while waiting:
        layer = waiting.pop(0)
        if layer.is_group():
            waiting.extend(layer.get_children())
        if (tattoos := read(layer)) is not None:
            yield layer, tattoos
