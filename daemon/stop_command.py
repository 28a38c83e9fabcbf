"""``belladonna stop``: end the daemon."""

from __future__ import annotations

import argparse
import sys
import time

from shared.protocol import Pong, Shutdown

from .ask import NoAnswer, ask
from .instance import AlreadyRunning, Instance

WAIT = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(args: argparse.Namespace) -> int:
    """Ask the daemon to stop and wait until it has. 1, with a sentence on standard error, if it doesn't."""
    try:
        ask(Shutdown, Pong)
    except NoAnswer as error:
        print(error, file=sys.stderr)
        return 1
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        try:
            with Instance():  # the lock is what a daemon lets go of last
                print("Belladonna's daemon has stopped.")
                return 0
        except AlreadyRunning:
            time.sleep(0.05)
    print(f"Belladonna's daemon was asked to stop but is still running after {WAIT:.0f} s.", file=sys.stderr)
    return 1
