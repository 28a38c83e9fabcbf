"""Why shading can stop early."""

from __future__ import annotations


class Cancelled(Exception):
    """Raised by a progress callback to stop the engine within one step."""


class ShadingError(Exception):
    """The picture can't be shaded as asked.

    ``code`` is one of the protocol's error codes as text, ``message`` a sentence for the artist, ``hint`` what to do.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
