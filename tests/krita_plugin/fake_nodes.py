"""Layers, masks and selections of the stand-in for Krita.

As in Krita, what Python gets are wrappers, a new one at each question: two of them for one layer are equal, and not the
same object.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fake_pixels import PROFILES, ByteArray, Plane, QRect, Space, convert, pixel_bytes

if TYPE_CHECKING:
    from fake_krita import Picture


@dataclass(eq=False)
class Body:
    """A layer or mask itself."""

    picture: Picture
    kind: str
    name: str
    space: Space
    plane: Plane
    projection: Plane | None = None  # what is seen of it, where that is not its own pixels
    parent: Body | None = None
    children: list[Body] = field(default_factory=list)
    opacity: int = 255
    visible: bool = True
    blending: str = "normal"
    inherit_alpha: bool = False
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def copy(self) -> Body:
        """With pixels and children of its own, and nowhere in the picture."""
        made = replace(
            self,
            id=uuid.uuid4(),
            plane=self.plane.copy(),
            parent=None,
            children=[child.copy() for child in self.children],
        )
        for child in made.children:
            child.parent = made
        return made


class Uuid:
    """As much of Qt's as is needed."""

    def __init__(self, id: uuid.UUID) -> None:
        self._id = id

    def toString(self) -> str:
        return f"{{{self._id}}}"


class Node:
    """A layer or mask, with the part of libkis' ``Node`` that the plug-in uses."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and other.body is self.body

    __hash__ = None  # type: ignore[assignment]

    def type(self) -> str:
        return self.body.kind

    def name(self) -> str:
        return self.body.name

    def setName(self, name: str) -> None:
        self.body.name = name

    def uniqueId(self) -> Uuid:
        return Uuid(self.body.id)

    def opacity(self) -> int:
        return self.body.opacity

    def setOpacity(self, opacity: int) -> None:
        self.body.opacity = opacity

    def visible(self) -> bool:
        return self.body.visible

    def setVisible(self, visible: bool) -> None:
        self.body.visible = visible

    def blendingMode(self) -> str:
        return self.body.blending

    def setBlendingMode(self, mode: str) -> None:
        self.body.blending = mode

    def inheritAlpha(self) -> bool:
        return self.body.inherit_alpha

    def setInheritAlpha(self, inherit: bool) -> None:
        self.body.inherit_alpha = inherit

    def colorModel(self) -> str:
        return self.body.space[0]

    def colorDepth(self) -> str:
        return self.body.space[1]

    def colorProfile(self) -> str:
        return self.body.space[2]

    def setColorSpace(self, model: str, depth: str, profile: str) -> bool:
        """A step of the picture's undo history, even for a layer that is nowhere in it."""
        body, target = self.body, (model, depth, profile)
        if profile not in PROFILES.get(model, ()):
            return False
        old = body.plane
        area = (old.x, old.y, old.block.shape[1], old.block.shape[0])
        body.plane = Plane(pixel_bytes(target))
        body.plane.write(convert(old.block.tobytes(), body.space, target), *area)
        body.space = target
        body.picture.history.append("convert")
        body.picture.modified = True
        return True

    def bounds(self) -> QRect:
        return (self.body.projection or self.body.plane).bounds

    def pixelData(self, x: int, y: int, width: int, height: int) -> ByteArray:
        """Nothing for layers whose pixels are made from something else."""
        return self.body.plane.read(x, y, width, height) if self.body.kind == "paintlayer" else ByteArray()

    def projectionPixelData(self, x: int, y: int, width: int, height: int) -> ByteArray:
        return (self.body.projection or self.body.plane).read(x, y, width, height)

    def setPixelData(self, pixels: bytes, x: int, y: int, width: int, height: int) -> bool:
        return self.body.plane.write(pixels, x, y, width, height)

    def childNodes(self) -> list[Node]:
        return [Node(child) for child in self.body.children]

    def parentNode(self) -> Node | None:
        return None if self.body.parent is None else Node(self.body.parent)

    def addChildNode(self, child: Node, above: Node | None) -> bool:
        """A step to undo. The child becomes the active layer at the next turn of the event loop."""
        index = 0 if above is None else self.body.children.index(above.body) + 1
        self.body.picture.add(child.body, self.body, index)
        return True

    def remove(self) -> bool:
        """Delete it, as the artist does."""
        self.body.picture.take_out(self.body)
        return True

    def duplicate(self) -> Node:
        return Node(self.body.copy())


class Selection:
    """A byte a pixel: 0 = not chosen."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane

    def pixelData(self, x: int, y: int, width: int, height: int) -> ByteArray:
        return self.plane.read(x, y, width, height)

    def duplicate(self) -> Selection:
        return Selection(self.plane.copy())
