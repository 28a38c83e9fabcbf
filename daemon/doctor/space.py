"""The home folder and its disk: may Belladonna write there, and is there room?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from shared.machine.paths import WINDOWS

from .finding import Finding, fail, ok, warn

TOPIC = "disk"
ROOM = 3_000_000_000  # bytes that an upgrade may need for a moment, without a GPU
LEAST = 100_000_000  # bytes: logs, and what the worker and pip write in between


def check(home: Path) -> list[Finding]:
    try:
        owner = home.stat().st_uid
    except OSError as error:
        return [fail(TOPIC, f"The folder {home} can't be used: {error.strerror}.")]
    if not WINDOWS and owner != os.getuid():
        mend = f"If install.py was run with sudo: sudo chown -R {os.getuid()} '{home}'"
        return [fail(TOPIC, f"The folder {home} belongs to another user.", mend)]
    if not os.access(home, os.W_OK | os.X_OK):
        mend = "Allow writing there, or mount its disk for writing."
        return [fail(TOPIC, f"Nothing can be written to {home}.", mend)]
    return [_room(home, shutil.disk_usage(home).free)]


def _room(home: Path, free: int) -> Finding:
    sentence = f"{free / 1e9:,.1f} GB are free on the disk of {home}."
    if free < LEAST:
        return fail(TOPIC, sentence, "Free some space: Belladonna can't work with so little.")
    if free < ROOM:
        return warn(TOPIC, sentence, f"Free some space before the next upgrade, which may need {ROOM / 1e9:.0f} GB.")
    return ok(TOPIC, sentence)
