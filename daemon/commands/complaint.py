"""How the commands say that something failed."""

from __future__ import annotations

import sys

from shared.problem import Problem


def complain(problem: Problem, name: str = "") -> None:
    """One line on standard error: the sentence and what to do. ``name``: what it is about, where there are several."""
    print(f"{name}: {problem.told}" if name else problem.told, file=sys.stderr)
