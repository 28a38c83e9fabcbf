"""The names that code sent by the tests finds: everything in this module, and ``take_uncaught()``."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# ruff: noqa: F401

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from krita import Krita

from .heartbeat import Heartbeat
from .qt import QApplication, QtCore, QtGui, QTimer, QtWidgets
from .widgets import extra_windows, main_window, menu_place, place, text, tree, widget, windows

app: Any = Krita.instance()
heartbeat = Heartbeat()

SRGB = "sRGB-elle-V2-srgbtrc.icc"


def doc() -> Any:
    """The active document, or None."""
    return app.activeDocument()


def node() -> Any:
    """The active layer or mask."""
    return app.activeDocument().activeNode()


def new_document(
    width: int,
    height: int,
    model: str = "RGBA",
    depth: str = "U8",
    profile: str = SRGB,
    pixels: bytes = b"",
    name: str = "picture",
) -> Any:
    """A document in a view of its own, its one paint layer filled with ``pixels`` over and over; none: transparent.

    ``pixels`` are in Krita's own order (B, G, R, A for U8 and U16). Returns the document.
    """
    made = app.createDocument(width, height, name, model, depth, profile, 72.0)
    made.setBatchmode(True)
    app.activeWindow().addView(made)
    layer = made.topLevelNodes()[0]
    made.setActiveNode(layer)
    size = len(layer.pixelData(0, 0, 1, 1)) * width * height
    source = pixels or bytes(1)
    filled = source if len(source) == size else (source * (size // len(source) + 1))[:size]
    layer.setPixelData(filled, 0, 0, width, height)
    made.refreshProjection()
    made.setModified(False)
    return made


def later(function: Callable[[], Any]) -> None:
    """Call ``function`` at the next turn of the event loop. Needed for whatever opens a modal dialog."""
    QTimer.singleShot(0, function)


def trigger(action: str) -> None:
    """Trigger the action with this id, at the next turn of the event loop."""
    found = app.action(action)
    if found is None:
        raise LookupError(f"Krita has no action {action!r}")
    later(found.trigger)


def attempt(function: Callable[[], Any]) -> tuple[Any, str | None]:
    """What ``function`` returns, or the exception that says that it is too early to ask."""
    try:
        return function(), None
    except NameError:
        raise  # no waiting helps against that
    except Exception as error:
        return None, repr(error)


def tidy() -> None:
    """Close every window besides the main one, and every document without asking."""
    for window in extra_windows():
        window.close()
    for document in app.documents():
        document.setBatchmode(True)
        document.setModified(False)
        # Krita 6 crashes when the thumbnail of a layer comes that has just been closed: let those on their way arrive.
        document.waitForDone()
        QApplication.sendPostedEvents()
        document.close()
