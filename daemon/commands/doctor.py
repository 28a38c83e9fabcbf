"""``belladonna doctor``: what is wrong with the installation, and how to fix it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from shared import VERSION
from shared.machine import paths
from shared.wording import text

from ..doctor import report
from ..doctor.examination import examine, healthy
from ..doctor.finding import lines

HEALTHY, UNHEALTHY, NO_REPORT, INTERRUPTED = 0, 1, 2, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="also write them to a new file, with the ends of the logs, for a "
        "bug report: your name, your folder's and the computer's are taken out",
    )


def run(args: argparse.Namespace) -> int:
    """Print the findings. 1 if something failed, warnings aside; 2 if the report can't be written."""
    home = paths.home()
    try:
        findings = examine(home)
    except KeyboardInterrupt:
        return INTERRUPTED
    well = healthy(findings)
    if args.json:
        content = {"version": VERSION, "healthy": well, "findings": [dataclasses.asdict(each) for each in findings]}
        print(json.dumps(content, indent=2))
    else:
        print(*lines(findings), sep="\n")
    if args.report is not None:
        try:
            report.write(report.report(findings, home), args.report)
        except OSError as error:
            print(text("doctor.report_failed", path=args.report, reason=error.strerror), file=sys.stderr)
            return NO_REPORT
        print(text("doctor.report_written", path=args.report), file=sys.stderr)
    return HEALTHY if well else UNHEALTHY
