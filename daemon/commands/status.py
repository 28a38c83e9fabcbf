"""``belladonna status``: what the daemon is doing."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from shared.client.ask import NoAnswer, ask
from shared.protocol.messages import DaemonStatus, Status
from shared.wording import text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--json", action="store_true", help="print the daemon's answer as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the state of the running daemon. 1, with a sentence on standard error, if none answers."""
    try:
        state = ask(Status, DaemonStatus)
    except NoAnswer as error:
        print(error.told, file=sys.stderr)
        return 1
    print(json.dumps(dataclasses.asdict(state), indent=2) if args.json else "\n".join(lines(state)))
    return 0


def lines(state: DaemonStatus) -> list[str]:
    """The state as lines for people."""
    duration = _duration(state.uptime)
    on = {"device": state.device} if state.device else {}
    return [
        text("command.status_daemon", version=state.version, pid=state.pid, duration=duration),
        text("command.status_worker_on" if on else "command.status_worker", worker=state.worker, **on),
        text("command.status_memory", size=state.memory / 2**20),
        *([_job_line(job) for job in state.jobs] or [text("command.status_no_pictures")]),
    ]


def _job_line(job: dict[str, Any]) -> str:
    state = job.get("state")
    if state == "queued":
        return text("command.status_queued", id=job.get("id"), place=job.get("place"))
    if state == "running" and job.get("steps"):
        return text("command.status_running", id=job.get("id"), step=job.get("step"), steps=job.get("steps"))
    return text("command.status_picture", id=job.get("id"), state=state)


def _duration(seconds: float) -> str:
    minutes, hours, days = int(seconds) // 60, int(seconds) // 3600, int(seconds) // 86_400
    if days:
        return text("command.days", days=days, hours=hours % 24)
    if hours:
        return text("command.hours", hours=hours, minutes=minutes % 60)
    if minutes:
        return text("command.minutes", minutes=minutes, seconds=int(seconds) % 60)
    return text("command.seconds", seconds=int(seconds))
