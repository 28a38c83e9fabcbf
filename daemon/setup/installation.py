"""An editor that was found on this computer, as the installer sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.machine.location import Location

from .errors import InstallError
from .places import Kind
from .sandboxes import SANDBOXES


@dataclass(frozen=True)
class Installation:
    """One Krita or GIMP, with the folder that its plug-in goes into and what else is written."""

    editor: str  # as people call it: "Krita", "GIMP 3.0 (Flatpak)"
    folder: Path  # of the plug-in, made by ``install``
    install: Callable[[Path, Location, Path | None], None]  # checkout, what the plug-in is to know, pyzmq's folder
    running: Callable[[], bool] = lambda: False  # so that what is installed right now may not last
    kind: Kind = ""
    files: tuple[Path, ...] = ()  # outside the folder, all of them Belladonna's
    settings: Path | None = None  # kritarc: the editor's own, and one line in it is changed
    # About a daemon in this home, and whether it is started at login; one line each.
    cautions: Callable[[Path, bool], list[str]] = lambda home, at_login: []

    @property
    def key(self) -> str:
        """Tells this editor from all others of this user, also from one that shares its folder of plug-ins."""
        return str(self.settings or self.folder)

    @property
    def sandboxed(self) -> bool:
        """Whether it can't start the daemon itself."""
        return self.kind in SANDBOXES

    def check_running(self, *, while_running: bool = False) -> str | None:
        """Raises InstallError if the editor must be closed first; with ``while_running`` returns a caution instead."""
        if not self.running():
            return None
        if not while_running:
            raise InstallError(
                f"{self.editor} is running, so the plug-in was not put into it.",
                f"Close {self.editor}, then run this again.",
            )
        return (
            f"{self.editor} is running and writes its settings anew when it quits, perhaps without the plug-in. "
            "If the plug-in is missing then, run this again."
        )
