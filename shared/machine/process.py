"""Starting child processes that don't depend on the editor that starts them."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import Any, TypedDict

from .paths import WINDOWS

_FOREIGN = ("PYTHON", "LD_", "DYLD_", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")


class Detachment(TypedDict, total=False):
    """Keyword arguments for ``subprocess.Popen``."""

    start_new_session: bool
    creationflags: int


def clean_environment() -> dict[str, str]:
    """This process's environment without what makes another Python load this one's modules and libraries.

    Editors that embed Python or are packed into an AppImage set ``PYTHONHOME``, ``LD_LIBRARY_PATH`` and the like for
    themselves, and their children inherit it.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}


def detached() -> Detachment:
    """Arguments for ``Popen``: no signal meant for this process's terminal reaches the child, no window appears."""
    if WINDOWS:
        # Not DETACHED_PROCESS: a child without any console would open a visible one for each of its own children.
        flags: Any = subprocess
        return {"creationflags": flags.CREATE_NO_WINDOW | flags.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def leave(child: subprocess.Popen[bytes]) -> None:
    """Let a child run on its own, past the end of this program if need be. If it ends sooner, it leaves no zombie."""
    threading.Thread(target=child.wait, name="belladonna-child", daemon=True).start()
