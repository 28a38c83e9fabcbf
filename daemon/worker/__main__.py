"""The worker process: takes one picture after the other, shades it, and sends it back.

The daemon starts it as ``python -m daemon.worker`` with a ``StartLine`` on standard input, which stays open for as
long as the daemon lives.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import threading
from importlib import import_module
from pathlib import Path

from shared.protocol.messages import Ready
from shared.wording import text

from .. import logs
from . import manners
from .link import WorkerLink
from .start import StartLine


def main() -> int:
    """Work for the daemon that started this process. Returns the exit code."""
    with open(0, "rb", buffering=0, closefd=False) as standard_input:
        line = standard_input.readline()
    try:
        start = StartLine.decode(line)
    except ValueError:
        print(text("service.worker_by_hand"), file=sys.stderr)
        return 2
    faulthandler.enable()
    logs.to_stderr()
    manners.give_way()
    threading.Thread(target=_leave_with_the_daemon, daemon=True).start()
    _be_the_first_to_go()
    link = WorkerLink(start)
    try:
        from .loop import Worker  # numpy, and with the engine torch: seconds, so only once connected

        worker = Worker(link, import_module(start.engine), start.home)
        link.send(Ready(start.name, worker.device))
        worker.run()
    finally:
        link.close()
    return 0


def _leave_with_the_daemon() -> None:
    """End the process, whatever the main thread is doing, when standard input ends: the daemon is gone."""
    while os.read(0, 1024):
        pass
    os._exit(0)


def _be_the_first_to_go() -> None:
    """If memory runs out, Linux should end this process and not the editor with the artist's unsaved work."""
    with contextlib.suppress(OSError):  # there is no such file elsewhere
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
