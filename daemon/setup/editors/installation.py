"""An editor that was found on this computer, and where its plug-in goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.problem import Problem

from .places import Kind
from .sandboxes import SANDBOXES

NAME = "belladonna"
"""Of the plug-in's folder. Krita imports it as a package by that name, and GIMP runs the file of that name in it."""


@dataclass(frozen=True)
class Installation:
    """One Krita or GIMP."""

    editor: str  # as people call it: "Krita", "GIMP 3.0 (Flatpak)"
    source: str  # the folder that its plug-in is made from
    folder: Path  # of the plug-in
    running: Callable[[], bool | None] = lambda: False  # so what is written now may not last; None: it isn't known
    kind: Kind = ""
    elsewhere: Mapping[str, Path] = field(default_factory=dict)  # files of the source that go to other places
    script: bool = False  # the file that is called like the folder is a program
    settings: Path | None = None  # kritarc: the editor's own, in which one line is changed
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

    @property
    def program(self) -> Path | None:
        """The file that must be executable."""
        return self.folder / f"{NAME}.py" if self.script else None

    def check_running(self, key: str, *, while_running: bool) -> bool:
        """Raises Problem ``key`` if the editor must be closed first; with ``while_running`` says whether it runs."""
        running = self.running()
        if running is not False and not while_running:
            raise Problem("setup.may_be_running" if running is None else key, editor=self.editor)
        return running is True
