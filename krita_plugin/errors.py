"""What a job of this plug-in can come to."""

from __future__ import annotations


class LayerError(Exception):
    """A layer can't be read or written. ``str(error)`` is a sentence for the artist, ``hint`` says what to do."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint
