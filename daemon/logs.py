"""Where the daemon and its worker write what they do.

Logs say what happened to which job: sizes, times, reasons. They never hold picture bytes, concepts or file names of
pictures, so an artist can pass one on without reading it first.
"""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO

from shared.machine import paths

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FILE_BYTES = 1_000_000
OLD_FILES = 2


def to_file(home: Path | None = None) -> logging.Handler:
    """Send the log of this process to ``logs/daemon.log``: at most three files of 1 MB. Returns the handler."""
    path = paths.log_file(home)
    paths.private_dir(path.parent)
    handler = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return handler


def to_stderr() -> None:
    """Send the log of this process to its standard error, which is a file when the daemon starts a worker."""
    logging.basicConfig(format=FORMAT, level=logging.INFO)


def worker_file(home: Path | None = None) -> Path:
    """The file for the worker's output, including tracebacks of native crashes."""
    return paths.logs_dir(home) / "worker.log"


def open_worker_file(home: Path | None = None) -> BinaryIO:
    """Open the worker's log for appending; the old one is moved aside first if it is larger than 1 MB."""
    path = worker_file(home)
    paths.private_dir(path.parent)
    if path.exists() and path.stat().st_size > FILE_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def close(handler: logging.Handler) -> None:
    """Detach and close what ``to_file`` opened."""
    logging.getLogger().removeHandler(handler)
    handler.close()
