"""A new environment is made beside the one in use and takes its place only when it is complete and works.

Until then the old one serves, whatever goes wrong. An environment can be renamed, since nothing starts it but by its
Python: only the scripts in it name the place that they were made for.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from shared.machine.atomic import replace_file

from .errors import InstallError

_SCRIPTS = ("bin", "Scripts")
_SCRIPT_BYTES = 64 * 1024


class Beside:
    """The places of one home: ``venv``, ``venv.new`` while one is made, ``venv.old`` for the moment of the change."""

    def __init__(self, current: Path) -> None:
        self.current = current
        self.draft, self.old = (current.with_name(current.name + ending) for ending in (".new", ".old"))

    def recover(self) -> None:
        """Tidy up after a run that ended during the change. Raises ``OSError``."""
        if self.old.exists() and not self.current.exists():
            os.rename(self.old, self.current)
        shutil.rmtree(self.old, ignore_errors=True)

    def fill(self, *, copying: bool, last: str) -> None:
        """Start the draft anew: empty, or as a copy of the current one, of which the file ``last`` comes last.

        The copy shares the files themselves, so it takes neither time nor space. pip writes no file in place: it puts
        another where the old one was, and the environment in use keeps that. Raises ``OSError``.
        """
        self.discard()
        if copying:
            shutil.copytree(
                self.current,
                self.draft,
                symlinks=True,
                copy_function=_link,
                ignore=lambda folder, _: [last] if Path(folder) == self.current else [],
            )
            shutil.copyfile(self.current / last, self.draft / last)

    def discard(self) -> None:
        """Remove what there is of a draft. Raises ``OSError``."""
        if self.draft.exists():
            shutil.rmtree(self.draft)

    def take_over(self) -> None:
        """Put the draft in the place of the current one, which is removed. Raises InstallError, changing nothing."""
        try:
            self._point_scripts()
            if self.current.exists():
                os.rename(self.current, self.old)
            try:
                os.rename(self.draft, self.current)
            except OSError:
                if self.old.exists():
                    os.rename(self.old, self.current)
                raise
        except OSError as error:
            raise InstallError(
                f"The new environment can't be put in the place of the old one: {error.strerror}.",
                "Close the editors that use Belladonna, then run this again. The old one goes on working.",
            ) from None
        shutil.rmtree(self.old, ignore_errors=True)

    def _point_scripts(self) -> None:
        """Name the final place in the scripts that pip and venv have made, and note that in the packages' lists."""
        changes: dict[bytes, bytes] = {}
        for script in (path for folder in _SCRIPTS for path in (self.draft / folder).glob("*")):
            if script.is_symlink() or not script.is_file() or script.stat().st_size > _SCRIPT_BYTES:
                continue
            old = script.read_bytes()
            new = old.replace(os.fsencode(self.draft), os.fsencode(self.current))
            if new != old and b"\0" not in old:
                replace_file(script, new)
                changes[_recorded(old)] = _recorded(new)
        for record in self.draft.glob("[Ll]ib/**/site-packages/*.dist-info/RECORD") if changes else ():
            text = record.read_bytes()
            for old, new in changes.items():
                text = text.replace(old, new)
            replace_file(record, text)


def _recorded(script: bytes) -> bytes:
    """The end of the line about a file in a package's RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(script).digest()).rstrip(b"=")
    return b",sha256=%b,%d" % (digest, len(script))


def _link(source: str, target: str) -> None:
    with contextlib.suppress(OSError):  # a disk without hard links, or a file with too many
        os.link(source, target)
        return
    shutil.copy2(source, target)
