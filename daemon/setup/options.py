"""The options of install.py and ``belladonna setup``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

EDITORS = ("krita", "gimp")
MODELS = ("none", "standard", "full")


@dataclass(frozen=True)
class Options:
    """What the user has asked for."""

    editors: tuple[str, ...] = EDITORS
    login: bool = True
    offline: bool = False
    while_running: bool = False
    models: str | None = None  # one of MODELS; None: ask once

    @classmethod
    def of(cls, args: argparse.Namespace) -> Options:
        """Those that were parsed."""
        return cls(args.editors, args.login, args.offline, args.while_running, args.models)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("--try", dest="sample", action="store_true", help="shade a sample picture afterwards")
    add("--uninstall", action="store_true", help="remove what was installed; files that you changed or added stay")
    add("--dry-run", action="store_true", help="only say what would be done")
    add("--yes", action="store_true", help="don't ask")
    add("--editors", type=_editors, default=EDITORS, help="krita,gimp (both by default) or none")
    add("--models", choices=MODELS, help="encoders to fetch (standard: about 40 MB); by default you are asked once")
    add("--while-running", action="store_true", help="also change an editor that is running")
    add("--no-login", dest="login", action="store_false", help="don't start the daemon at login")
    add("--offline", action="store_true", help="only use packages from the folders in pip's find-links")


def _editors(text: str) -> tuple[str, ...]:
    """``krita,gimp`` → both names; ``none`` → no name."""
    names = () if text == "none" else tuple(text.split(","))
    if not set(names) <= set(EDITORS):
        raise argparse.ArgumentTypeError(f"{text!r} is not krita, gimp, both with a comma between them, or none")
    return names
