"""Whether a program of this user runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from .system import System


def runs(name: str, system: System, concerns: Callable[[Mapping[str, str]], bool]) -> bool:
    """Whether a process of the name runs whose environment ``concerns`` us.

    Only Linux shows environments, also of what runs in a Flatpak or a Snap; elsewhere every process concerns us.
    """
    if system.platform == "win32":
        command = ["tasklist", "/NH", "/FO", "CSV", "/FI", f"IMAGENAME eq {name}.exe"]
        return f"{name}.exe" in system.ask(command).lower()
    if system.platform == "darwin":
        return bool(system.ask(["pgrep", "-x", "-U", str(os.getuid()), name]).strip())
    return _linux(name, system, concerns)


def _linux(name: str, system: System, concerns: Callable[[Mapping[str, str]], bool]) -> bool:
    for folder in (system.root / "proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() != name or folder.stat().st_uid != os.getuid():
                continue
            pairs = (folder / "environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        except PermissionError:
            return True
        if pairs == [b""]:
            continue  # it has ended, and whoever started it hasn't asked how
        fields = (os.fsdecode(pair).partition("=") for pair in pairs)
        if concerns({name: value for name, _, value in fields}):
            return True
    return False
