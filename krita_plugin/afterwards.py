"""What is left to do once a shaded layer is in the picture; ``follow`` is called until it says that it is over.

An original that would shine through its shaded layer is hidden. Krita doesn't count that as a step to undo: without
``Covered`` an undo would take the shaded layer away and leave the original invisible, as if the work were lost.

Krita makes a new layer the active one. The artist may be painting at that moment, and with ``Activation`` the next
stroke goes where the last one went.
"""

from __future__ import annotations

from typing import Any

from .layers import is_inside, is_open


class Covered:
    """Originals hidden for the sake of one shaded layer: shown while that is gone, hidden again when it is back."""

    def __init__(self, app: Any, document: Any, shaded: Any, originals: list[Any]) -> None:
        self._app, self._document, self._shaded, self._originals = app, document, shaded, originals
        self._there = True

    def follow(self) -> bool:
        """Look at the document and act. False once it was closed: this is over."""
        if not is_open(self._app, self._document):
            return False
        there = is_inside(self._document, self._shaded)
        if there != self._there:
            self._there = there
            for layer in self._originals:
                layer.setVisible(not there)
            self._document.refreshProjection()
        return True


class Activation:
    """Makes the layer active again that was it before, as soon as Krita has made the new one active."""

    TURNS = 50  # Krita needs one or two; where it shows another document by now, it never does

    def __init__(self, app: Any, document: Any, shaded: Any, before: Any) -> None:
        self._app, self._document, self._shaded, self._before = app, document, shaded, before
        self._turns = 0

    def follow(self) -> bool:
        """Look at the document and act. False once there is nothing to do any more."""
        self._turns += 1
        if not is_open(self._app, self._document) or self._turns > self.TURNS:
            return False
        if self._document.activeNode() != self._shaded:
            return True
        self._document.setActiveNode(self._before)
        return False
