"""What is left when the plug-in can't be loaded: menu entries that say why."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from krita import Extension  # pyright: ignore[reportMissingImports]

from .qt import QtCore, QtWidgets

MEND = "Run Belladonna's install.py again, then restart Krita."


class Broken(Extension):
    """The menu entry, where an artist looks for Belladonna, and the reason behind it."""

    def __init__(self, app: Any, sentence: str) -> None:
        super().__init__(app)
        self._app, self._sentence = app, sentence

    def setup(self) -> None:
        """Krita calls this once; there is nothing to set up."""

    def createActions(self, window: Any) -> None:
        """Krita calls this for each new window."""
        window.createAction("shade_layer", "Shade layer", "tools/scripts").triggered.connect(self._explain)

    def _explain(self) -> None:
        window = self._app.activeWindow()
        box = QtWidgets.QMessageBox(None if window is None else window.qwindow())
        box.setObjectName("belladonna_refusal")
        box.setWindowTitle("Belladonna")
        box.setText(self._sentence)
        box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()


def register_broken(app: Any, error: Exception) -> None:
    """Stand in for the plug-in. ``error`` is what kept it from loading; its traceback goes to Krita's output."""
    traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
    hint = getattr(error, "hint", MEND)  # a damaged location.json says itself what to do
    reason = str(error) if hasattr(error, "hint") else f"Belladonna can't be loaded ({type(error).__name__}: {error})."
    app.addExtension(Broken(app, f"{reason} {hint}"))
