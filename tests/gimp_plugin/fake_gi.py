"""As much of GIMP's Python as the plug-in's own logic needs: images and layers in memory, all in 8 bits RGBA.

What GIMP really does with profiles, filters and windows is tested in real GIMP, in ``tests/e2e``.
"""

from __future__ import annotations

import itertools
import types
from enum import Enum
from typing import Any

FORMAT = "R'G'B'A u8"
_tattoos = itertools.count(1)


class Rectangle:
    def __init__(self, x: int, y: int, width: int, height: int) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height

    new = classmethod(lambda kind, *values: kind(*values))


class Buffer:
    """Pixels of 4 bytes, or of 1 for a mask; ``rows`` is shared by all buffers of a drawable."""

    def __init__(self, rows: list[bytearray], pixel: int) -> None:
        self.rows, self.pixel, self.flushed = rows, pixel, True

    def _span(self, area: Rectangle) -> slice:
        return slice(area.x * self.pixel, (area.x + area.width) * self.pixel)

    def get(self, area: Rectangle, scale: float, format: str | None, abyss: Any) -> bytes:
        return b"".join(row[self._span(area)] for row in self.rows[area.y : area.y + area.height])

    def set(self, area: Rectangle, format: str, data: bytes) -> None:
        assert len(data) == area.width * area.height * self.pixel
        length = area.width * self.pixel
        for number, row in enumerate(self.rows[area.y : area.y + area.height]):
            row[self._span(area)] = data[number * length : (number + 1) * length]

    def flush(self) -> None:
        pass


class Drawable:
    pixel = 4

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray(width * self.pixel) for _ in range(height)]

    def get_buffer(self) -> Buffer:
        return Buffer(self.rows, self.pixel)

    def update(self, *area: int) -> None:
        pass


class Mask(Drawable):
    pixel = 1


class ImageType(Enum):
    RGBA_IMAGE = "rgba"


class LayerMode(Enum):
    NORMAL = "normal"
    MULTIPLY = "multiply"
    PASS_THROUGH = "pass-through"


class BaseType(Enum):
    RGB = "rgb"
    INDEXED = "indexed"


class Layer(Drawable):
    def __init__(
        self,
        image: Image,
        name: str,
        width: int,
        height: int,
        type: ImageType = ImageType.RGBA_IMAGE,
        opacity: float = 100,
        mode: LayerMode = LayerMode.NORMAL,
    ) -> None:
        super().__init__(width, height)
        self.image, self.name, self.opacity, self.mode = image, name, opacity, mode
        self.parent: Layer | None = None
        self.children: list[Layer] | None = None
        self.offsets, self.visible, self.valid = (0, 0), True, True
        self.parasites: dict[str, Parasite] = {}
        self.tattoo = next(_tattoos)
        self.mask: Mask | None = None
        self.blending: dict[str, Any] = {"blend_space": 0, "composite_space": 0, "composite_mode": 0}

    new = classmethod(lambda kind, *values: kind(*values))

    def __getattr__(self, name: str) -> Any:
        """``get_x`` and ``set_x`` for what is simply kept."""
        verb, _, what = name.partition("_")
        kept = self.__dict__["blending"] if what in self.__dict__.get("blending", ()) else self.__dict__
        if verb == "get" and what in kept:
            return lambda: kept[what]
        if verb == "set" and what in kept:
            return lambda value: kept.__setitem__(what, value)
        raise AttributeError(name)

    def set_offsets(self, x: int, y: int) -> None:
        self.offsets = x, y

    def is_valid(self) -> bool:
        return self.valid

    def is_group(self) -> bool:
        return self.children is not None

    def get_parasite(self, name: str) -> Parasite | None:
        return self.parasites.get(name)

    def attach_parasite(self, parasite: Parasite) -> None:
        self.parasites[parasite.name] = parasite

    def create_mask(self, kind: Any) -> Mask:
        return Mask(self.width, self.height)

    def add_mask(self, mask: Mask) -> None:
        self.mask = mask

    def set_apply_mask(self, applied: bool) -> None:
        self.mask_applied = applied

    def set_edit_mask(self, edited: bool) -> None:
        self.mask_edited = edited


class Channel(Drawable):
    pass


class Parasite:
    def __init__(self, name: str, flags: int, data: bytes) -> None:
        self.name, self.data = name, data

    new = classmethod(lambda kind, *values: kind(*values))

    def get_data(self) -> list[int]:
        return list(self.data)


class Image:
    """``undo`` tells what was done inside undo groups and what wasn't."""

    def __init__(self, base_type: BaseType = BaseType.RGB) -> None:
        self.base_type = base_type
        self.layers: list[Layer] = []
        self.selected: list[Layer] = []
        self.undo: list[str] = []
        self.valid = True

    def is_valid(self) -> bool:
        return self.valid

    def get_base_type(self) -> BaseType:
        return self.base_type

    def get_floating_sel(self) -> None:
        return None

    def get_layers(self) -> list[Layer]:
        return list(self.layers)

    def get_selected_layers(self) -> list[Layer]:
        return list(self.selected)

    def set_selected_layers(self, layers: list[Layer]) -> None:
        self.selected = list(layers)

    def get_layer_by_tattoo(self, tattoo: int) -> Layer | None:
        return next((layer for layer in self._all(self.layers) if layer.tattoo == tattoo), None)

    def _all(self, layers: list[Layer]) -> list[Layer]:
        return [each for layer in layers for each in [layer, *self._all(layer.children or [])]]

    def get_item_position(self, layer: Layer) -> int:
        return self._siblings(layer.parent).index(layer)

    def _siblings(self, parent: Layer | None) -> list[Layer]:
        return self.layers if parent is None else parent.children or []

    def insert_layer(self, layer: Layer, parent: Layer | None, position: int) -> None:
        layer.parent = parent
        self._siblings(parent).insert(position, layer)
        self.undo.append(f"insert {layer.name}")

    def undo_group_start(self) -> None:
        self.undo.append("start")

    def undo_group_end(self) -> None:
        self.undo.append("end")


class Error(Exception):
    """GLib's: ``str(error)`` is what GIMP shows."""


def modules() -> dict[str, types.ModuleType]:
    """``gi`` and ``gi.repository``, to be put into ``sys.modules``."""
    gimp = types.SimpleNamespace(
        Image=Image,
        Layer=Layer,
        LayerMask=Mask,
        Channel=Channel,
        Parasite=Parasite,
        PARASITE_PERSISTENT=1,
        PARASITE_UNDOABLE=2,
        ImageType=ImageType,
        ImageBaseType=BaseType,
        LayerMode=LayerMode,
        AddMaskType=types.SimpleNamespace(WHITE="white"),
        PDBStatusType=types.SimpleNamespace(SUCCESS="success", CANCEL="cancel", EXECUTION_ERROR="execution-error"),
        RunMode=types.SimpleNamespace(INTERACTIVE="interactive", NONINTERACTIVE="noninteractive"),
        # For annotations only.
        Procedure=object,
        ProcedureConfig=object,
        ImageProcedure=object,
        ValueArray=object,
        Drawable=Drawable,
        version=lambda: "3.0.0",
    )
    gegl = types.SimpleNamespace(
        Rectangle=Rectangle, AbyssPolicy=types.SimpleNamespace(NONE=0), init=lambda arguments: None
    )
    gobject = types.SimpleNamespace(
        ParamFlags=types.SimpleNamespace(READWRITE=3), Object=object, Value=lambda kind, value: value
    )
    gi, repository = types.ModuleType("gi"), types.ModuleType("gi.repository")
    gi.require_version = lambda name, version: None  # pyright: ignore[reportAttributeAccessIssue]
    found = {"Gimp": gimp, "Gegl": gegl, "GObject": gobject, "Babl": types.SimpleNamespace(Object=object)}
    vars(repository).update(found, GLib=types.SimpleNamespace(Error=Error))
    return {"gi": gi, "gi.repository": repository}
