"""What goes wrong, as a sentence for GIMP's error box."""

from __future__ import annotations


class Trouble(Exception):
    """The layer can't be shaded. ``str(error)`` is a sentence, ``hint`` says what to do."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint
