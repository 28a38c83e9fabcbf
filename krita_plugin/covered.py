"""Hidden originals follow the undo history.

An original that would shine through its shaded layer is hidden. Krita doesn't count that as a step to undo, so without
this an undo would take the shaded layer away and leave the original invisible: the artist's work would seem lost.
"""

from __future__ import annotations

from typing import Any

from .layers import is_inside


class Covered:
    """Originals hidden for the sake of one shaded layer: shown while that is gone, hidden again when it is back."""

    def __init__(self, app: Any, document: Any, shaded: Any, originals: list[Any]) -> None:
        self._app, self._document, self._shaded, self._originals = app, document, shaded, originals
        self._there = True

    def follow(self) -> bool:
        """Look at the document and act. False once it was closed: this is over."""
        if self._document not in self._app.documents() or self._document.rootNode() is None:
            return False
        there = is_inside(self._document, self._shaded)
        if there != self._there:
            self._there = there
            for layer in self._originals:
                layer.setVisible(not there)
            self._document.refreshProjection()
        return True
