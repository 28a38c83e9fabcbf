"""The table of concepts as it ships: words by category, and the targets with their photographs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("table.json").read_text(encoding="utf-8"))

VERSION: int = TABLE["version"]
DEFAULT: str = TABLE["default"]  # the target where no concept was given
TARGETS: tuple[str, ...] = tuple(TABLE["targets"])  # what can be asked for
AUTOMATIC: tuple[str, ...] = tuple(name for name, entry in TABLE["targets"].items() if entry["automatic"])
PHOTOGRAPHS: dict[str, str] = {name: entry["photograph"] for name, entry in TABLE["targets"].items()}
"""Target → the file that shows it, in the ``skimage/data`` folder of scikit-image's wheel."""
