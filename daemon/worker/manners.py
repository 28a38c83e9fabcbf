"""How the worker keeps out of the way of the program that the artist is painting in.

``python -m tests.bench.contention`` measures what it is good for.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

NICENESS = 10  # of at most 19: beside a program that keeps every core busy, a tenth of the processor is left
NICENESS_VARIABLE = "BELLADONNA_NICENESS"

WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "0"}
"""How torch's threads wait for each other; libgomp, LLVM and Intel each have their own variable.

By default they spin for milliseconds. As soon as two of them share a core, because another program has the other one,
each spins away the time that the next one needs. A thousand rounds, some microseconds, are as fast on an idle computer.

The number of threads isn't changed: sums, and so the shaded picture's bytes, depend on it.
"""


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The worker's environment: ``own``, and how its threads wait where ``own`` doesn't say.

    OpenMP reads it once, when it is loaded, so it has to be there before torch is.
    """
    return {**WAITING, **own}


def niceness(own: Mapping[str, str]) -> int:
    """By how much to lower the priority: what ``BELLADONNA_NICENESS`` says if that is a number, else ``NICENESS``."""
    try:
        return int(own[NICENESS_VARIABLE])
    except (KeyError, ValueError):
        return NICENESS


def give_way() -> None:
    """Lower this process's priority, so that painting stays smooth. An idle computer shades as fast as before.

    Threads started later inherit it. Windows lets programs of a lower priority starve, so there it stays as it is.
    """
    lower = niceness(os.environ)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.nice(lower)
    # Linux with autogroups weighs sessions first, then processes within one, and the worker has a session of its own.
    with contextlib.suppress(OSError):  # there is no such file elsewhere
        Path("/proc/self/autogroup").write_text(str(lower), encoding="ascii")
