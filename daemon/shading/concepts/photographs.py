"""Where the targets' photographs lie: in scikit-image's wheel.

They are in the public domain or under CC0; the wheel's own README names the sources.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from shared.problem import Problem
from shared.protocol.messages import Code


def folder() -> Path:
    """The folder of scikit-image's photographs, found without importing it. Raises ``Problem`` if it's absent."""
    try:
        return Path(str(distribution("scikit-image").locate_file("skimage/data")))
    except PackageNotFoundError as error:
        raise Problem("engine.pictures_missing", Code.MODEL_MISSING) from error
