"""A file for a bug report: the findings, what they were found on, and the end of each log, without names."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from shared import VERSION
from shared.machine import paths

from . import redaction
from .finding import Finding, lines

LOG_LINES = 60
LOG_BYTES = 32_000  # read from the end of each
_VARIABLES = ("BELLADONNA_", "XDG_", "GIMP3_", "LANG", "LC_", "CUDA_", "HIP_", "ROCR_")  # how their names begin


def report(findings: Sequence[Finding], home: Path) -> str:
    """The text. Everything goes through ``redaction``, the logs too."""
    return redaction.redacted("\n".join(_parts(findings, home)) + "\n", redaction.identity(home))


def write(text: str, path: Path) -> None:
    """Write a new file. Raises ``OSError``; ``FileExistsError`` rather than replace one."""
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def _parts(findings: Sequence[Finding], home: Path) -> Iterator[str]:
    yield f"Belladonna {VERSION}"
    yield f"System      {platform.system()} {platform.release()} {platform.machine()}, {_distribution()}"
    yield f"Python      {platform.python_version()} in {sys.prefix}"
    yield f"Home        {home}"
    yield f"Packages    {', '.join(_packages())}"
    for name in sorted(os.environ):
        if name.startswith(_VARIABLES):
            yield f"{name}={os.environ[name]}"
    yield ""
    yield from lines(findings)
    for log in sorted(paths.logs_dir(home).glob("*.log")):
        yield f"\n── the end of {log} ──"
        yield from _tail(log)


def _packages() -> list[str]:
    """What is installed beside the doctor, with versions. One that is damaged may have neither."""
    found = ((package.metadata["Name"], package.version) for package in metadata.distributions())
    return sorted(f"{name} {version}" for name, version in found)


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LOG_BYTES))
            text = file.read()
    except OSError as error:
        return [f"It can't be read: {error.strerror}."]
    found = text.decode(errors="replace").splitlines()
    # A line whose beginning was cut off may begin inside a name, which would then not be recognised.
    return found[1 if size > LOG_BYTES else 0 :][-LOG_LINES:]


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    except OSError:
        return platform.version()
