"""Puts Belladonna's shared code and pyzmq on Python's path; ``belladonna.py`` imports it before anything else.

A plug-in of GIMP's is a process of its own, so ``shared`` can be imported by that name. In an installation it lies
inside this folder, in a checkout beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if (HERE / "shared").is_dir():
    sys.path.remove(str(HERE.parent))  # other people's plug-ins lie there
    sys.path[:0] = [str(HERE), str(HERE / "vendor")]
