"""The connection file: the daemon writes where it listens and its CURVE key, clients read it.

Whoever can read the file may connect, so it is readable by its owner only, and a file that others could have read or
written is refused rather than trusted: it could send a picture to somebody else's process.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from ..problem import Problem
from ..protocol import strict
from ..protocol.messages import Code
from . import atomic
from .paths import WINDOWS, connection_file, private_dir, run_dir

FILE_BYTES = 4096
_ADDRESS = re.compile(r"tcp://127\.0\.0\.1:([1-9][0-9]{0,4})", re.ASCII)
_Z85_KEY = re.compile(r"[0-9A-Za-z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}", re.ASCII)


@dataclass(frozen=True)
class Endpoint:
    """How to reach a running daemon."""

    endpoint: str  # tcp://127.0.0.1:PORT
    server_key: str  # the daemon's public CURVE key, 40 characters of Z85
    pid: int
    protocol: int
    version: str

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 where the daemon listens."""
        return int(self.endpoint.rpartition(":")[2])


class EndpointError(Problem):
    """The connection file exists but can't be trusted."""


def write(endpoint: Endpoint, home: Path | None = None) -> None:
    """Publish ``endpoint``. A reader sees the old file or the new one, never a part. Raises ``OSError``."""
    private_dir(run_dir(home))
    # A daemon's start doesn't wait for the disk: after a power cut there is no daemon that the file could name.
    atomic.write(connection_file(home), json.dumps(dataclasses.asdict(endpoint)).encode(), 0o600, durable=False)


def read(home: Path | None = None) -> Endpoint | None:
    """The published endpoint; None if there is none or the file holds something else.

    Raises ``EndpointError`` if the file is a link, somebody else's, or open to others.
    """
    data = _read_private(connection_file(home))
    return None if data is None else parse(data)


def parse(data: bytes) -> Endpoint | None:
    """The endpoint in a connection file's bytes; None if there is none."""
    if len(data) > FILE_BYTES:
        return None
    try:
        endpoint = strict.build(Endpoint, strict.parse_object(data))
    except strict.StrictError:
        return None
    address = _ADDRESS.fullmatch(endpoint.endpoint)
    if address is None or int(address[1]) > 65_535 or not _Z85_KEY.fullmatch(endpoint.server_key):
        return None
    return endpoint if endpoint.pid > 0 and endpoint.protocol > 0 else None


def remove(pid: int, home: Path | None = None) -> None:
    """Delete the connection file if it is still that of process ``pid``; another daemon's is left alone."""
    try:
        published = read(home)
    except EndpointError:
        return
    if published is not None and published.pid == pid:
        connection_file(home).unlink(missing_ok=True)


def _read_private(path: Path) -> bytes | None:
    """The first bytes of a file that is the user's own and closed to others; None if there is no file."""
    # O_NONBLOCK: opening a FIFO that somebody put there must not hang. Both flags are missing on Windows.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            raise _unsafe(path, "machine.connection_link") from None
        raise _unsafe(path, "machine.connection_unreadable") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _unsafe(path, "machine.connection_no_file")
        if not WINDOWS and status.st_uid != os.getuid():
            raise _unsafe(path, "machine.connection_foreign")
        if not WINDOWS and status.st_mode & 0o077:
            raise _unsafe(path, "machine.connection_open")
        return os.read(descriptor, FILE_BYTES + 1)
    finally:
        os.close(descriptor)


def _unsafe(path: Path, key: str) -> EndpointError:
    return EndpointError(key, Code.CONNECTION_LOST, path=path)
