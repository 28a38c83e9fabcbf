"""The connection file, which lets whoever can read it use the daemon: is it closed to others?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from shared.machine import endpoint, paths

from .finding import Finding, fail, ok

TOPIC = "connection"


def check(home: Path) -> list[Finding]:
    folder, file = paths.run_dir(home), paths.connection_file(home)
    if not paths.WINDOWS and folder.exists():
        status = folder.stat()
        if status.st_uid != os.getuid():
            return [fail(TOPIC, f"The folder {folder} belongs to another user.", f"Delete {folder}.")]
        mode = stat.S_IMODE(status.st_mode)
        if mode & 0o077:
            return [fail(TOPIC, f"Others can enter {folder} (mode {mode:03o}).", f"Run: chmod 700 '{folder}'")]
    try:
        published = endpoint.read(home)
    except endpoint.EndpointError as error:
        return [fail(TOPIC, str(error), error.hint)]
    if published is not None:
        return [ok(TOPIC, f"Only you can read {file}.")]
    if file.exists():
        return [fail(TOPIC, f"The connection file {file} is damaged.", "Stop Belladonna, then delete the file.")]
    return [ok(TOPIC, "There is no connection file: a daemon writes it when it starts, for you alone.")]
