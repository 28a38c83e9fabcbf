"""How the daemon starts a worker and tells it where to connect."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from . import manners

ENGINE = "daemon.shading.engine"


@dataclass(frozen=True)
class StartLine:
    """Where to connect, by which routing id, and what to work with: one line of JSON on the worker's standard input.

    Not arguments and not the environment: other users can read those, and the line holds a key.

    ``engine`` is a module with ``Engine`` and ``Canvas``; only tests use another one than ``ENGINE``.
    """

    endpoint: str
    server_key: str
    name: str
    engine: str = ENGINE
    home: Path | None = None

    def encode(self) -> bytes:
        """The line, with its end."""
        home = None if self.home is None else str(self.home)
        return json.dumps({**self.__dict__, "home": home}).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> StartLine:
        """Raises ``ValueError`` for anything that ``encode`` didn't write."""
        try:
            fields = json.loads(line)
            home = fields.pop("home")
            return cls(**fields, home=None if home is None else Path(home))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("That is not a start line.") from error


def spawn_worker(line: StartLine, output: BinaryIO) -> subprocess.Popen[bytes]:
    """Start a worker whose standard output and error go to ``output``. It leaves when its standard input ends.

    Raises ``OSError`` if the process can't be started.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "daemon.worker"],
        cwd=Path(__file__).resolve().parents[2],  # where `daemon` can be imported from, however it is installed
        env=manners.environment(os.environ),
        bufsize=0,  # otherwise closing standard input would write what is left, and fail
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C in a terminal is for the daemon, which then stops the worker
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None
    with contextlib.suppress(OSError):  # the process has ended already; its exit code says why
        process.stdin.write(line.encode())
    return process
