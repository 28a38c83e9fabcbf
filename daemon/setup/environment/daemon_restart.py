"""Stop a running daemon before its code is replaced or removed, and start it again after an upgrade."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from shared.machine import launch, paths
from shared.machine.process import clean_environment
from shared.problem import Problem

from ..console import say


def stop(home: Path) -> bool:
    """True if a daemon was running; it has ended when this returns. Raises Problem if it doesn't end."""
    if not launch.running(home):
        return False
    say("setup.stopping_daemon")
    command = [*launch.daemon_command(paths.venv_python(home))[:-1], "stop"]
    variables = {**clean_environment(), "BELLADONNA_HOME": str(home)}
    try:
        said = subprocess.run(command, env=variables, capture_output=True, text=True).stderr.strip()
    except OSError as error:
        said = str(error)
    if launch.running(home):
        raise Problem("setup.daemon_stays", reason=said)
    return True


def start(home: Path) -> None:
    """Start it and print how that went; the installation is complete either way."""
    starting = launch.Launcher(launch.daemon_command(paths.venv_python(home)), home)
    while (state := starting.poll()) == "starting":
        time.sleep(0.05)
    if state == "running":
        say("setup.daemon_runs")
    else:
        say("setup.daemon_failed", reason=starting.problem or "")
