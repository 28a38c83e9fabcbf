"""``belladonna stop``: end the daemon."""

from __future__ import annotations

import argparse
import sys
import time

from shared.client.ask import NoAnswer, ask_to_stop
from shared.machine import endpoint
from shared.machine.endpoint import Endpoint
from shared.machine.instance import is_running
from shared.wording import text

WAIT = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def run(args: argparse.Namespace) -> int:
    """Tell the daemon to stop and wait until it has. 1, with a sentence on standard error, if it doesn't."""
    try:
        daemon = ask_to_stop()
    except NoAnswer as error:
        print(error.told, file=sys.stderr)
        return 1
    deadline = time.monotonic() + WAIT
    while not _gone(daemon):
        if time.monotonic() > deadline:
            print(text("command.still_running", seconds=round(WAIT)), file=sys.stderr)
            return 1
        time.sleep(0.05)
    print(text("command.stopped"))
    return 0


def _gone(daemon: Endpoint) -> bool:
    """Whether that daemon has gone. It releases its lock last; an editor may have started another one since."""
    return not is_running() or endpoint.read() not in (None, daemon)
