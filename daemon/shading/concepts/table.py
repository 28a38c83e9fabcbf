"""The table of concepts as it ships: words by category, and the targets with their pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("table.json").read_text(encoding="utf-8"))

VERSION: int = TABLE["version"]
DEFAULT: str = TABLE["default"]  # the target where no concept was given
TARGETS: tuple[str, ...] = tuple(TABLE["targets"])  # what can be asked for
AUTOMATIC: tuple[str, ...] = tuple(name for name, entry in TABLE["targets"].items() if entry["automatic"])


def _named(key: str) -> dict[str, str]:
    return {name: entry[key] for name, entry in TABLE["targets"].items() if key in entry}


PHOTOGRAPHS: dict[str, str] = _named("photograph")
"""Target → the file that shows it, in the ``skimage/data`` folder of scikit-image's wheel.

Other encoders' latents are standardised on these, so another one here changes what such encoders make of every picture.
"""
DRAWINGS: dict[str, str] = _named("drawing")
"""Target → the file that shows it, in ``daemon/shading/anchors/drawings``."""
STAND_INS: dict[str, str] = _named("stand-in")
"""Target without a picture → the target whose picture is taken instead. Every other target has a picture."""
