"""What an installation can fail with."""

from __future__ import annotations


class InstallError(Exception):
    """Something the user can mend. ``str(error)`` is one sentence, ``hint`` says what to do."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint


class NotFoundError(InstallError):
    """Where pip has looked there is no such package: none for this computer, or the index can't be reached."""
