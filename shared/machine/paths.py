"""Where Belladonna keeps its files, per operating system. Only ``private_dir`` creates anything.

home/
  run/daemon.json      how to reach the running daemon      logs/daemon.log   what it did
  run/daemon.lock      held while a daemon runs             cache/            what can be fetched again
  venv/                the private virtual environment      bin/belladonna    the command
  models/              encoders that were fetched         anchors/          pictures of targets, the artist's own
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

WINDOWS = os.name == "nt"


def home() -> Path:
    """The folder that holds everything: ``$BELLADONNA_HOME``, else the operating system's place for user data."""
    chosen = os.environ.get("BELLADONNA_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if WINDOWS:
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "Belladonna"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Belladonna"
    data = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path there is invalid and must be ignored.
    return (Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share") / "belladonna"


def run_dir(home: Path | None = None) -> Path:
    """Files that exist because a daemon runs or starts."""
    return _under(home, "run")


def connection_file(home: Path | None = None) -> Path:
    """How to reach the daemon; see ``shared.machine.endpoint``."""
    return run_dir(home) / "daemon.json"


def lock_file(home: Path | None = None) -> Path:
    """Locked by the daemon for as long as it lives."""
    return run_dir(home) / "daemon.lock"


def start_lock_file(home: Path | None = None) -> Path:
    """Locked by whoever is starting the daemon; see ``shared.machine.launch``."""
    return run_dir(home) / "start.lock"


def logs_dir(home: Path | None = None) -> Path:
    """Everything that the daemon and its starters write for people to read."""
    return _under(home, "logs")


def log_file(home: Path | None = None) -> Path:
    """The daemon's own log."""
    return logs_dir(home) / "daemon.log"


def start_log_file(home: Path | None = None) -> Path:
    """What a starting daemon printed before it had a log of its own."""
    return logs_dir(home) / "start.log"


def cache_dir(home: Path | None = None) -> Path:
    """What can be made or fetched again."""
    return _under(home, "cache")


def models_dir(home: Path | None = None) -> Path:
    """Models that were fetched, a folder for each."""
    return _under(home, "models")


def anchors_dir(home: Path | None = None) -> Path:
    """The artist's own pictures of targets, a folder for each."""
    return _under(home, "anchors")


def venv_dir(home: Path | None = None) -> Path:
    """The private virtual environment."""
    return _under(home, "venv")


def venv_python(home: Path | None = None) -> Path:
    """The Python of the private virtual environment."""
    return venv_dir(home) / ("Scripts/python.exe" if WINDOWS else "bin/python")


def launcher(home: Path | None = None) -> Path:
    """The ``belladonna`` command."""
    return _under(home, "bin") / ("belladonna.cmd" if WINDOWS else "belladonna")


def private_dir(path: Path) -> Path:
    """Make ``path`` a folder that only this user can enter (0700 on POSIX) and return it. Raises ``OSError``."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkdir leaves an existing folder as it was, and the umask may have been unusual.
    if not WINDOWS and stat.S_IMODE(path.stat().st_mode) != 0o700:
        path.chmod(0o700)
    return path


def _under(root: Path | None, name: str) -> Path:
    return (home() if root is None else root) / name
