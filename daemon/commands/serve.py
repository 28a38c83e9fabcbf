"""``belladonna serve``: one daemon per home, from the lock to the last file removed."""

from __future__ import annotations

import argparse
import logging
import os
import platform
import signal
from pathlib import Path
from typing import Any

from shared import VERSION
from shared.machine import endpoint
from shared.machine.instance import AlreadyRunning, Instance
from shared.machine.launch import ALREADY_RUNNING
from shared.problem import Problem

from .. import logs
from ..service.loop import Service
from ..service.supervisor import Patience
from .complaint import complain

log = logging.getLogger(__name__)

CANNOT_RUN = 1
IDLE_VARIABLE = "BELLADONNA_IDLE"
WAIT = 1.0  # seconds for another daemon to finish stopping


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        "--idle",
        type=_seconds,
        metavar="SECONDS",
        default=os.environ.get(IDLE_VARIABLE, str(Patience.idle)),
        help=f"give the memory back after so long without work (default: ${IDLE_VARIABLE}, else {Patience.idle:.0f})",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop. The exit code is that of ``serve``."""
    return serve(patience=Patience(idle=args.idle))


def serve(home: Path | None = None, patience: Patience | None = None, **settings: Any) -> int:
    """Run the daemon in this process until it is told to stop; returns the exit code.

    0 after a stop, 3 if another daemon serves this home, 1 if its files can't be written. ``settings`` go to
    ``Service`` as they are. Must be called from the main thread.
    """
    try:
        with Instance(home, WAIT):
            return _serve_alone(home, patience, settings)
    except AlreadyRunning as problem:
        complain(problem)
        return ALREADY_RUNNING
    except OSError as error:
        complain(Problem("command.cannot_serve", reason=error))
        return CANNOT_RUN


def _serve_alone(home: Path | None, patience: Patience | None, settings: dict[str, Any]) -> int:
    handler = logs.to_file(home)
    pid = os.getpid()
    service = Service(pid, home, patience, **settings)
    signal.set_wakeup_fd(service.wake_descriptor, warn_on_full_buffer=False)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # the last one comes when a terminal closes; Windows has none
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: service.stop())
    try:
        endpoint.write(service.endpoint, home)
        log.info("version %s serves on %s, Python %s", VERSION, service.endpoint.endpoint, platform.python_version())
        service.run()
        log.info("stopping")
        return 0
    except Exception:
        log.exception("the daemon has to stop")
        raise
    finally:
        endpoint.remove(pid, home)
        signal.set_wakeup_fd(-1)
        service.close()
        logs.close(handler)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return seconds
