"""An editor that was found on this computer, as the installer sees it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.location import Location


@dataclass(frozen=True)
class Installation:
    """One Krita or GIMP, with the folder that its plug-in goes into."""

    editor: str  # as people call it: "Krita", "GIMP 3.0"
    folder: Path  # of the plug-in, made by ``install``
    install: Callable[[Path, Location, Path | None], None]  # checkout, what the plug-in is to know, pyzmq's folder
    running: Callable[[], bool] = lambda: False  # so that nothing may be installed right now


def xdg_folder(variable: str, usual: str, environment: Mapping[str, str] = os.environ) -> Path:
    """A base folder of the XDG specification, which says that a relative path in the variable must be ignored."""
    chosen = environment.get(variable, "")
    if os.path.isabs(chosen):
        return Path(chosen)
    return Path(environment.get("HOME") or Path.home()) / usual
