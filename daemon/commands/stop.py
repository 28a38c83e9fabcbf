"""``belladonna stop``: end the daemon."""

from __future__ import annotations

import argparse
import sys
import time

from shared.client.ask import NoAnswer, ask_to_stop
from shared.machine import endpoint
from shared.machine.endpoint import Endpoint
from shared.machine.instance import is_running

WAIT = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(args: argparse.Namespace) -> int:
    """Tell the daemon to stop and wait until it has. 1, with a sentence on standard error, if it doesn't."""
    try:
        daemon = ask_to_stop()
    except NoAnswer as error:
        print(error, file=sys.stderr)
        return 1
    deadline = time.monotonic() + WAIT
    while not _gone(daemon):
        if time.monotonic() > deadline:
            print(f"Belladonna's daemon was asked to stop but is still running after {WAIT:.0f} s.", file=sys.stderr)
            return 1
        time.sleep(0.05)
    print("Belladonna's daemon has stopped.")
    return 0


def _gone(daemon: Endpoint) -> bool:
    """Whether that daemon has left. The lock is what it lets go of last; an editor may have started another since."""
    return not is_running() or endpoint.read() not in (None, daemon)
