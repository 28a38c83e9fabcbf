"""Memory that goes back to the system, and so to the editor, when the last picture is gone."""

from __future__ import annotations

import contextlib
import sys


def give_back() -> None:
    """Let the C library return what it keeps of freed memory.

    glibc keeps tens of megabytes after a large picture, for ever in a process that does nothing else. Other systems'
    libraries do it by themselves.
    """
    if sys.platform == "linux":
        import ctypes  # costs a megabyte, so not before the first picture

        with contextlib.suppress(AttributeError, OSError):  # not every Linux has glibc
            ctypes.CDLL(None).malloc_trim(0)
