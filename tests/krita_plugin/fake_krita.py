"""A stand-in for Krita: documents, settings, and an undo history that knows of added layers.

Methods with Krita's names do what Krita's do; those with underscores, and plain attributes, are the tests' own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fake_nodes import Body, Node, Selection
from fake_pixels import PROFILES, SRGB, ByteArray, Plane, Space, pixel_bytes


@dataclass(eq=False)
class Picture:
    """A document itself."""

    name: str
    width: int
    height: int
    space: Space
    root: Body = field(init=False)
    seen: Plane = field(init=False)  # all layers together
    active: Body | None = None
    stroke: bool = False  # the artist is in the middle of one
    locked: bool = False
    lock_tries: int = 0
    next_active: Body | None = None  # that which becomes the active one at the next turn of the event loop
    selection: Selection | None = None
    annotations: dict[str, bytes] = field(default_factory=dict)
    modified: bool = False
    open: bool = True
    refreshes: int = 0
    history: list[object] = field(default_factory=list)  # steps that can be undone
    undone: list[tuple[Body, Body, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = Body(self, "grouplayer", "root", self.space, Plane(pixel_bytes(self.space)))
        self.seen = Plane(pixel_bytes(self.space))

    def add(self, child: Body, parent: Body, index: int) -> None:
        self._wait()
        parent.children.insert(index, child)
        child.parent, self.next_active, self.modified = parent, child, True
        self.history.append((child, parent, index))

    def take_out(self, child: Body) -> None:
        self._wait()
        assert child.parent is not None
        child.parent.children.remove(child)
        child.parent, self.modified = None, True

    def _wait(self) -> None:
        """Krita waits for the end of a stroke, and of a lock, in the thread that would have to end it."""
        assert not self.stroke
        assert not self.locked


class Document:
    """A wrapper of a picture, with the part of libkis' ``Document`` that the plug-in uses."""

    def __init__(self, app: App, picture: Picture) -> None:
        self._app, self.picture = app, picture

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and other.picture is self.picture

    __hash__ = None  # type: ignore[assignment]

    def width(self) -> int:
        return self.picture.width

    def height(self) -> int:
        return self.picture.height

    def colorModel(self) -> str:
        return self.picture.space[0]

    def colorDepth(self) -> str:
        return self.picture.space[1]

    def colorProfile(self) -> str:
        return self.picture.space[2]

    def rootNode(self) -> Node | None:
        return Node(self.picture.root) if self.picture.open else None

    def activeNode(self) -> Node | None:
        return None if self.picture.active is None else Node(self.picture.active)

    def setActiveNode(self, node: Node) -> None:
        self.picture.active = node.body

    def createNode(self, name: str, kind: str) -> Node:
        """In the picture's colour space, and not in the picture."""
        assert self.picture.open  # else Krita would crash
        space = self.picture.space
        return Node(Body(self.picture, kind, name, space, Plane(pixel_bytes(space))))

    def selection(self) -> Selection | None:
        return self.picture.selection

    def pixelData(self, x: int, y: int, width: int, height: int) -> ByteArray:
        return self.picture.seen.read(x, y, width, height)

    def tryBarrierLock(self) -> bool:
        self.picture.lock_tries += 1
        self.picture.locked = not self.picture.stroke
        return self.picture.locked

    def unlock(self) -> None:
        assert self.picture.locked
        self.picture.locked = False

    def refreshProjection(self) -> None:
        self.picture.refreshes += 1

    def annotation(self, kind: str) -> ByteArray:
        return ByteArray(self.picture.annotations.get(kind, b""))

    def setAnnotation(self, kind: str, description: str, value: bytes) -> None:
        assert description
        self.picture.annotations[kind] = bytes(value)
        self.picture.modified = True

    def modified(self) -> bool:
        return self.picture.modified

    def setModified(self, modified: bool) -> None:
        self.picture.modified = modified

    def setBatchmode(self, batchmode: bool) -> None:
        """Whether Krita asks nothing about files; about unsaved changes it asks anyway."""

    def close(self) -> bool:
        """A picture with changes isn't closed: Krita asks the artist first."""
        if self.picture.modified:
            self._app.questions += 1
            return False
        self.picture.open = False
        self._app.pictures.remove(self.picture)
        return True

    def add_layer(
        self,
        pixels: bytes,
        area: tuple[int, int, int, int],
        name: str = "paint",
        kind: str = "paintlayer",
        space: Space | None = None,
        parent: Node | None = None,
    ) -> Node:
        """A layer that is there already: on top of the others, active, and no step to undo.

        Of a paint layer these are the pixels; of other kinds, what is seen of it.
        """
        node = self.createNode(name, kind)
        body = node.body
        body.space = space or self.picture.space
        body.plane = Plane(pixel_bytes(body.space))
        if kind != "paintlayer":
            body.projection = Plane(pixel_bytes(body.space))
        assert (body.projection or body.plane).write(pixels, *area)
        body.parent = self.picture.root if parent is None else parent.body
        body.parent.children.append(body)
        self.picture.active = body
        return node

    def select(self, weights: bytes, area: tuple[int, int, int, int]) -> None:
        plane = Plane(1)
        plane.write(weights, *area)
        self.picture.selection = Selection(plane)

    def layers(self) -> list[str]:
        """Names, from the bottom."""
        return [child.name for child in self.picture.root.children]

    def turn(self) -> None:
        """A turn of Krita's event loop."""
        if self.picture.next_active is not None:
            self.picture.active, self.picture.next_active = self.picture.next_active, None

    def undo(self) -> None:
        """Take the last added layer away."""
        step = self.picture.history.pop()
        assert isinstance(step, tuple)
        self.picture.undone.append(step)
        self.picture.take_out(step[0])

    def redo(self) -> None:
        self.picture.add(*self.picture.undone.pop())

    def close_anyway(self) -> None:
        """The artist closes it and doesn't save."""
        self.setModified(False)
        self.close()


class App:
    """Krita itself."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self.shown: Picture | None = None  # the picture in the active window
        self.settings: dict[tuple[str, str], str] = {}
        self.questions = 0  # windows that asked the artist whether to save

    def version(self) -> str:
        return "5.2.9"

    def documents(self) -> list[Document]:
        return [Document(self, picture) for picture in self.pictures]

    def activeDocument(self) -> Document | None:
        return None if self.shown is None or not self.shown.open else Document(self, self.shown)

    def createDocument(
        self, width: int, height: int, name: str, model: str, depth: str, profile: str, resolution: float
    ) -> Document | None:
        """Nobody sees it. None if there is no such profile."""
        assert resolution > 0
        if profile not in PROFILES.get(model, ()):
            return None
        self.pictures.append(Picture(name, width, height, (model, depth, profile)))
        return Document(self, self.pictures[-1])

    def readSetting(self, group: str, name: str, default: str) -> str:
        assert isinstance(default, str)
        return self.settings.get((group, name), default)

    def writeSetting(self, group: str, name: str, value: str) -> None:
        assert isinstance(value, str)
        self.settings[group, name] = value

    def open(self, width: int, height: int, space: Space = SRGB) -> Document:
        """A picture that the artist works on."""
        document = self.createDocument(width, height, "picture", *space, 72.0)
        assert document is not None
        self.shown = document.picture
        return document
