"""Memory that goes back to the system, and so to the editor, after the last picture."""

from __future__ import annotations

import contextlib
import sys


def give_back() -> None:
    """Let the C library return what it keeps of freed memory.

    glibc keeps tens of megabytes after a large picture, forever in a process that does nothing else. The libraries of
    other systems return it by themselves.
    """
    if sys.platform == "linux":
        import ctypes  # costs a megabyte, so not before the first picture

        with contextlib.suppress(AttributeError, OSError):  # not every Linux has glibc
            ctypes.CDLL(None).malloc_trim(0)
