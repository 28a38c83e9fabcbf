"""``pythonw -I -m daemon.setup.login.start HOME``: what Windows runs at login. Starts the daemon of that home."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from shared.machine import launch


def start(home: Path, command: Sequence[str]) -> int:
    """Start it as an editor would, so that it gets its variables and log and no window. 1 if that came to nothing."""
    starting = launch.Launcher(command, home)
    while (state := starting.poll()) == "starting":
        time.sleep(0.1)
    return int(state == "failed")


def main() -> int:
    """Start the daemon of the home that is the only argument."""
    # Python without a console is what this runs in. The daemon's own children need one, if only one that isn't seen.
    python = Path(sys.executable).with_name("python.exe")
    return start(Path(sys.argv[1]), launch.daemon_command(python))


if __name__ == "__main__":
    sys.exit(main())
