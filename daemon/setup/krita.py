"""The plug-in in Krita: where its folders are, and what goes into them."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

from shared import location as locations

from . import kritarc
from .atomic import copy_tree, replace_file, replace_folder
from .installation import Installation, xdg_folder

TITLE = "Krita"
NAME = "belladonna"  # of the Python package that Krita imports, and in the setting that turns it on
SOURCES = ("krita_plugin", "shared")  # in a checkout


def find() -> list[Installation]:
    """The Kritas of this user that a plug-in can be put into."""
    resources = xdg_folder("XDG_DATA_HOME", ".local/share") / "krita"
    config = xdg_folder("XDG_CONFIG_HOME", ".config") / "kritarc"
    if shutil.which("krita") is None and not resources.is_dir():
        return []
    return [
        Installation(
            editor=TITLE,
            folder=resources / "pykrita" / NAME,
            install=partial(install, resources, config),
            running=partial(running, config),
        )
    ]


def install(resources: Path, config: Path, checkout: Path, location: locations.Location, vendor: Path | None) -> None:
    """Put the plug-in into a Krita that doesn't run, and turn it on. What already is as it should be isn't written.

    ``resources`` is Krita's data folder and ``config`` its kritarc; neither needs to exist. ``vendor`` is the folder
    with pyzmq for this operating system, if there is one. An interruption leaves the old plug-in, the new one or none.
    Raises ``OSError``.
    """
    plugin = checkout / "krita_plugin"
    action, desktop = ((plugin / f"{NAME}.{ending}").read_bytes() for ending in ("action", "desktop"))

    def fill(draft: Path) -> None:
        copy_tree(plugin, draft, without=("*.desktop", "*.action"))
        # Inside the plug-in: all plug-ins share one interpreter, and another may have a module of the same name.
        copy_tree(checkout / "shared", draft / "shared")
        if vendor is not None:
            copy_tree(vendor, draft / "vendor")
        locations.write(location, draft)

    replace_folder(resources / "pykrita" / NAME, fill)
    replace_file(resources / "actions" / f"{NAME}.action", action)
    replace_file(resources / "pykrita" / f"{NAME}.desktop", desktop)
    settings = config.read_bytes() if config.exists() else b""
    replace_file(config, kritarc.enabled(settings, NAME))


def running(config: Path, processes: Path = Path("/proc")) -> bool:
    """Whether a Krita of this user runs that has these settings. It would write them anew when it quits."""
    for folder in processes.glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() != "krita" or folder.stat().st_uid != os.getuid():
                continue
            pairs = (folder / "environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        except PermissionError:
            return True
        if pairs == [b""]:
            continue  # it has ended, and whoever started it hasn't asked how
        fields = (os.fsdecode(pair).partition("=") for pair in pairs)
        environment = {name: value for name, _, value in fields}
        theirs = xdg_folder("XDG_CONFIG_HOME", ".config", environment) / "kritarc"
        if theirs.resolve() == config.resolve():
            return True
    return False
