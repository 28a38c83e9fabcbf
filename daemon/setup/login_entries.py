"""The places that can start a program at login: what is there, putting something there, taking it away."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Protocol

from shared.machine.atomic import replace_file
from shared.machine.process import clean_environment

from . import login_texts
from .errors import InstallError

Text = Callable[[PurePath, PurePath], bytes]
Mark = Callable[[PurePath], bytes]
Runner = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class Entry(Protocol):
    """One place. ``name`` is what people call the way; ``text`` and ``mark`` are those of ``login_texts``."""

    name: str
    text: Text
    mark: Mark

    @property
    def place(self) -> Path | str:
        """A file, or a value in the registry."""
        ...

    @property
    def targets(self) -> list[Path]:
        """The files and links that ``put`` makes."""
        ...

    def content(self) -> bytes | None:
        """What is there. Raises ``OSError``."""
        ...

    def active(self) -> bool:
        """Whether what is there will be run."""
        ...

    def put(self, content: bytes) -> None:
        """Have it run from the next login on. Raises InstallError or ``OSError``."""
        ...

    def take(self, *, keep_text: bool = False) -> list[Path | str]:
        """Have it run no longer. Returns what was taken away, which may be nothing. Raises ``OSError``."""
        ...


class FileEntry:
    """A file in a folder whose files are all run."""

    def __init__(self, name: str, path: Path, text: Text, mark: Mark) -> None:
        self.name, self.path, self.text, self.mark = name, path, text, mark

    @property
    def place(self) -> Path | str:
        return self.path

    @property
    def targets(self) -> list[Path]:
        return [self.path]

    def content(self) -> bytes | None:
        return self.path.read_bytes() if self.path.is_file() else None

    def active(self) -> bool:
        return self.path.is_file()

    def put(self, content: bytes) -> None:
        replace_file(self.path, content)

    def take(self, *, keep_text: bool = False) -> list[Path | str]:
        if keep_text or not self.path.is_file():
            return []
        self.path.unlink()
        return [self.path]


class UnitEntry(FileEntry):
    """A unit of systemd's user manager. It runs if a link to it lies in a folder beside it."""

    def __init__(self, folder: Path, systemctl: str | None, run: Runner) -> None:
        path = folder / "systemd" / "user" / "belladonna.service"
        super().__init__("systemd user unit", path, login_texts.unit, login_texts.unit_mark)
        self.link = path.parent / "default.target.wants" / path.name
        self._systemctl, self._run = systemctl, run

    def answers(self) -> bool:
        """Whether systemd looks after this user's programs."""
        return self._tell("show-environment") is None

    @property
    def targets(self) -> list[Path]:
        return [self.path, self.link]

    def active(self) -> bool:
        return super().active() and self.link.exists()

    def put(self, content: bytes) -> None:
        super().put(content)
        problem = self._tell("enable", self.path.name)
        if problem is not None or not self.link.exists():
            raise InstallError(
                f"systemd doesn't start Belladonna at login: {problem or f'it made no link in {self.link.parent}'}.",
                "Mend that and run this again, or leave it: editors start the daemon when they need it.",
            )

    def take(self, *, keep_text: bool = False) -> list[Path | str]:
        linked = self.link.is_symlink() and self._leads_to() == self.path.resolve()
        if linked:
            self._tell("disable", self.path.name)
            self.link.unlink(missing_ok=True)  # systemd may not be there to do it any more
            with contextlib.suppress(OSError):  # not there, or not empty
                self.link.parent.rmdir()
        taken = super().take(keep_text=keep_text)
        if taken:
            self._tell("daemon-reload")
        return [*([self.link] if linked else []), *taken]

    def _leads_to(self) -> Path:
        return (self.link.parent / os.readlink(self.link)).resolve()

    def _tell(self, *arguments: str) -> str | None:
        """None if systemctl did it, else why not."""
        if self._systemctl is None:
            return "there is no systemctl"
        try:
            done = self._run([self._systemctl, "--user", *arguments])
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return said[-1].rstrip(".") if done.returncode else None


class AgentEntry(FileEntry):
    """A LaunchAgent of macOS. launchd reads the folder at login, and remembers what it has read."""

    def __init__(self, home: Path, run: Runner) -> None:
        path = home / "Library" / "LaunchAgents" / f"{login_texts.AGENT}.plist"
        super().__init__("LaunchAgent", path, login_texts.agent, login_texts.agent_mark)
        self._run = run

    def take(self, *, keep_text: bool = False) -> list[Path | str]:
        taken = super().take(keep_text=keep_text)
        if taken and hasattr(os, "getuid"):
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                self._run(["launchctl", "bootout", f"gui/{os.getuid()}/{login_texts.AGENT}"])
        return taken


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of the system and keep what it says. Raises ``OSError`` and, after ten seconds, SubprocessError."""
    return subprocess.run(
        command,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=10,
    )
