"""Why something failed, in a sentence, and what to do: from pip's output and from the operating system's errors."""

from __future__ import annotations

import errno
import platform
import re
import shutil
from pathlib import Path

from .errors import InstallError, NotFoundError

_AGAIN = "then run this again: it goes on where it stopped."

_NOTHING = 1_000_000  # bytes free
_NONE = "No matching distribution found for"

# What pip and Python say → (what that means, what to do). The first that fits is taken.
_KNOWN = (
    (
        "DO NOT MATCH THE HASHES",
        "what was downloaded is not what was asked for",
        "Run this again. If it happens again, something between you and the package index changes files: "
        "a proxy, or worse.",
    ),
    ("No space left on device", "the disk is full", f"Free some space, {_AGAIN}"),
    ("Read-only file system", "the disk is read-only", "Set BELLADONNA_HOME to a folder that you can write to."),
    ("Permission denied", "a file can't be written", "Make the home yours again, or set BELLADONNA_HOME."),
    (
        r"Temporary failure in name resolution|Name or service not known|getaddrinfo failed|NewConnectionError"
        r"|ConnectTimeoutError|nodename nor servname",
        "the package index can't be reached",
        f"Check the connection, {_AGAIN}",
    ),
)
_SYSTEM = {
    errno.ENOSPC: ("The disk of {path} is full.", f"Free some space, {_AGAIN}"),
    errno.EDQUOT: ("There is no more space for you on the disk of {path}.", f"Free some space, {_AGAIN}"),
    errno.EROFS: ("{path} is on a disk that can't be written to.", "Set BELLADONNA_HOME to another folder."),
    errno.EACCES: ("{path} can't be written: it belongs to somebody else or is write-protected.", ""),
}


def of_output(name: str, output: str, log: Path) -> InstallError:
    """Why a program that should install ``name`` has failed, by what it printed. The log holds all of it.

    A ``NotFoundError`` if pip has found no such package.
    """
    if log.parent.exists() and shutil.disk_usage(log.parent).free < _NOTHING:
        output += "No space left on device"  # then the log has no room for what the program said
    kind = NotFoundError if _NONE in output else InstallError
    for pattern, meaning, hint in _KNOWN:
        if re.search(pattern, output):
            return kind(f"Installing {name} failed: {meaning}.", f"{hint} The whole output is in {log}.")
    hint = f"Check the connection and the free disk space, {_AGAIN}"
    if kind is NotFoundError:
        here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        hint = f"There may be none for {here}: run this with another Python, 3.11 to 3.13."
    return kind(f"Installing {name} failed: {_last_word(output)}", f"{hint} The whole output is in {log}.")


def of_error(error: OSError) -> InstallError:
    """Why a file can't be used."""
    path = error.filename or "a file"
    if error.errno in _SYSTEM:
        sentence, hint = _SYSTEM[error.errno]
        return InstallError(sentence.format(path=path), hint or "Make it yours again, then run this again.")
    return InstallError(f"{path} can't be used: {error.strerror}.", "Make that possible, then run this again.")


def _last_word(output: str) -> str:
    """The line of pip's output that says why: its last error, or else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["no output"])[-1].removeprefix("ERROR: ")
