"""Belladonna in Krita: *Tools > Scripts > Shade layer*.

If the plug-in can't be loaded, its menu entry still exists and says why. That part needs nothing of the rest, which may
be what is damaged.
"""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

from krita import Extension, Krita

from .qt import message_box

if TYPE_CHECKING:
    from krita import Window

REPAIR = "Run Belladonna's install.py again, then restart Krita."


class Broken(Extension):
    """The menu entry, where an artist looks for Belladonna, and the reason why it does nothing else."""

    def __init__(self, app: Krita, reason: str) -> None:
        super().__init__(app)
        self._app, self._reason = app, reason

    def setup(self) -> None:
        """Krita calls this once; there is nothing to set up."""

    def createActions(self, window: Window) -> None:
        """Krita calls this for each new window."""
        window.createAction("shade_layer", "Shade layer", "tools/scripts").triggered.connect(self._explain)

    def _explain(self) -> None:
        window = self._app.activeWindow()
        message_box(None if window is None else window.qwindow(), self._reason)


def register_broken(app: Krita, error: Exception) -> None:
    """Stand in for the plug-in. ``error`` is what kept it from loading; its traceback goes to Krita's output."""
    traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
    reason = getattr(error, "told", "")  # a Problem, such as a damaged location.json, says itself what to do
    app.addExtension(Broken(app, reason or f"Belladonna can't be loaded ({type(error).__name__}: {error}). {REPAIR}"))


try:
    from .plugin import register

    register(Krita.instance())
except Exception as error:  # an exception here would leave menu entries that do nothing
    register_broken(Krita.instance(), error)
