"""Ctrl-C in a command that shades: the first one lets the command cancel its job and tidy up."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any


class Interruption:
    """For ``with``. Inside, the first Ctrl-C only makes ``requested()`` true; a second one ends the program at once."""

    def __init__(self) -> None:
        self._requested = False
        self._handler: Any = None

    def __enter__(self) -> Interruption:
        self._handler = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._handler)

    def requested(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._requested

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._requested:
            raise KeyboardInterrupt
        self._requested = True
