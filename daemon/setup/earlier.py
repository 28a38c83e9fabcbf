"""Takes over what development versions before 0.1.0 installed: another manifest, and ``venv`` a folder of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from .editors import kritarc
from .editors.installation import NAME

FORMAT = 1
"""Of their manifest."""

_RECORD = "belladonna.json"  # in an environment that such a version made
_LEFTOVERS = ("venv.new", "venv.old")


def manifest(content: dict[str, Any]) -> dict[str, Any]:
    """What such a manifest says, in the format of today. Raises ``KeyError`` or ``TypeError`` if it is damaged.

    It noted an editor's settings in another way, so they go back without the plug-in rather than to the byte.
    """
    editors = content["editors"].values()
    return {
        "plugins": {key: _plugin(fields) for key, fields in content["editors"].items()},
        "files": {path: [digest] for path, digest in content["files"].items() if not os.path.islink(path)},
        "folders": list(dict.fromkeys([*content["folders"], *(folder for each in editors for folder in each["made"])])),
    }


def is_environment(folder: Path) -> bool:
    """Whether this is such a version's environment, in the place where a link is now."""
    return folder.is_dir() and not folder.is_symlink() and (folder / _RECORD).is_file()


def remove_leftovers(home: Path) -> None:
    """Remove what an interrupted upgrade of such a version left in the home."""
    for name in _LEFTOVERS:
        shutil.rmtree(home / name, ignore_errors=True)


def _plugin(fields: dict[str, Any]) -> dict[str, Any]:
    settings = fields["settings"]
    now = Path(settings).read_bytes() if settings and os.path.isfile(settings) else None
    before = None if now is None else kritarc.without(now, NAME).decode("latin-1")
    written = "" if now is None else hashlib.sha256(now).hexdigest()
    existed = fields["before"] is not None and fields["before"]["existed"]
    return {
        "editor": fields["editor"],
        "folder": fields["folder"],
        "elsewhere": fields["files"],
        "settings": settings,
        "before": before if existed or (before or "").strip() else None,
        "written": written,
    }
