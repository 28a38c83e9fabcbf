"""The one place that imports Belladonna's shared code.

In Krita all plug-ins live in one interpreter, where a package called ``shared`` could be anybody's. So install.py puts
a copy of it inside this one; in a checkout it lies beside.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
VENDOR = HERE / "vendor"

if VENDOR.is_dir() and str(VENDOR) not in sys.path:
    sys.path.append(str(VENDOR))  # last: a pyzmq that Krita's Python already has, or another plug-in's, goes first

if TYPE_CHECKING or not (HERE / "shared").is_dir():
    from shared import wording
    from shared.client import events
    from shared.client.session import Session
    from shared.machine import location, paths
    from shared.protocol import messages
    from shared.protocol.admission import Refused
else:
    from .shared import wording
    from .shared.client import events
    from .shared.client.session import Session
    from .shared.machine import location, paths
    from .shared.protocol import messages
    from .shared.protocol.admission import Refused

__all__ = ["HERE", "Refused", "Session", "events", "location", "messages", "paths", "wording"]
