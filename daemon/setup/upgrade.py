"""A daemon that runs while its code is replaced or removed: stopped before, and after an upgrade started again."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from shared.machine import endpoint, launch, paths
from shared.machine.process import clean_environment

from .console import say
from .errors import InstallError


def stop_daemon(home: Path) -> bool:
    """True if a daemon was running; it has left when this returns. Raises InstallError if it doesn't leave."""
    try:
        if not launch.running(home):
            return False
    except endpoint.EndpointError as error:
        raise InstallError(str(error), error.hint) from None
    say("Stopping the daemon.")
    command = [*launch.daemon_command(paths.venv_python(home))[:-1], "stop"]
    variables = {**clean_environment(), "BELLADONNA_HOME": str(home)}
    try:
        said = subprocess.run(command, env=variables, capture_output=True, text=True).stderr.strip()
    except OSError as error:
        said = str(error)
    if launch.running(home):
        raise InstallError(f"The running daemon didn't stop. {said}", "End it, then run this again.")
    return True


def start_daemon(home: Path) -> None:
    """Start it and say how that went; the installation is complete either way."""
    starting = launch.Launcher(launch.daemon_command(paths.venv_python(home)), home)
    while (state := starting.poll()) == "starting":
        time.sleep(0.05)
    say("The daemon runs again." if state == "running" else f"The daemon did not start again: {starting.reason}")
