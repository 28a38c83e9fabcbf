"""``belladonna status``: what the daemon is doing."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from shared.client.ask import NoAnswer, ask
from shared.protocol.messages import State, Status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--json", action="store_true", help="print the daemon's answer as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the state of the running daemon. 1, with a sentence on standard error, if none answers."""
    try:
        state = ask(Status, State)
    except NoAnswer as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(dataclasses.asdict(state), indent=2) if args.json else "\n".join(lines(state)))
    return 0


def lines(state: State) -> list[str]:
    """The state as lines for people."""
    found = [
        f"Belladonna {state.version}, process {state.pid}, has been running for {_duration(state.uptime)}.",
        f"Worker: {state.worker}{f', on {state.device}' if state.device else ''}.",
        f"Memory held for pictures: {state.memory / 2**20:,.0f} MiB.",
    ]
    return found + [_job_line(job) for job in state.jobs] if state.jobs else [*found, "No pictures."]


def _job_line(job: dict[str, object]) -> str:
    detail = ""
    if job.get("state") == "queued":
        detail = f", place {job.get('place')}"
    elif job.get("state") == "running" and job.get("steps"):
        detail = f", step {job.get('step')} of {job.get('steps')}"
    return f"Picture {job.get('id')}: {job.get('state')}{detail}."


def _duration(seconds: float) -> str:
    minutes, hours, days = int(seconds) // 60, int(seconds) // 3600, int(seconds) // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {int(seconds) % 60} s" if minutes else f"{int(seconds)} s"
