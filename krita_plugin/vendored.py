"""The one place that imports Belladonna's shared code, and puts pyzmq where that finds it.

All of Krita's plug-ins live in one interpreter, where a package called ``shared`` could be anybody's. So an
installation has a copy of it inside this one; in a checkout it lies beside.
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
    from shared.client.block import Block
    from shared.client.client import Client
    from shared.client.finder import Starter
    from shared.editor.choices import IMAGE, LAYER, WHAT, shaded_name, what_labels
    from shared.editor.enquiry import Enquiry
    from shared.editor.original import original
    from shared.editor.rect import Rect
    from shared.machine import location, paths
    from shared.problem import Problem
    from shared.protocol import messages
else:
    from .shared import wording
    from .shared.client import events
    from .shared.client.block import Block
    from .shared.client.client import Client
    from .shared.client.finder import Starter
    from .shared.editor.choices import IMAGE, LAYER, WHAT, shaded_name, what_labels
    from .shared.editor.enquiry import Enquiry
    from .shared.editor.original import original
    from .shared.editor.rect import Rect
    from .shared.machine import location, paths
    from .shared.problem import Problem
    from .shared.protocol import messages

__all__ = [
    "HERE",
    "IMAGE",
    "LAYER",
    "WHAT",
    "Block",
    "Client",
    "Enquiry",
    "Problem",
    "Rect",
    "Starter",
    "events",
    "location",
    "messages",
    "original",
    "paths",
    "shaded_name",
    "what_labels",
    "wording",
]
