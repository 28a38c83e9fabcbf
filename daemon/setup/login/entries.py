"""The places that can start a program at login: read, write and remove an entry."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any

from shared.machine.atomic import replace_file
from shared.problem import Problem

from ..system import System
from . import texts

Text = Callable[[PurePath, PurePath], bytes]
Mark = Callable[[PurePath], bytes]

RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
RUN_NAME = "Belladonna"
RUN_LENGTH = 260
"""Windows ignores a longer command in its Run key."""


class Entry:
    """One place. ``name`` is what people call the way; ``text`` and ``mark`` are those of ``texts``.

    A file: either all files of its folder are run, or those that a ``link`` leads to. ``tell`` is a command of the
    system that is run after a change; whether it succeeds doesn't matter. Everything may raise ``OSError``.
    """

    def __init__(
        self,
        name: str,
        place: Path | str,
        text: Text,
        mark: Mark,
        system: System | None = None,
        tell: Sequence[str] = (),
        link: Path | None = None,
    ) -> None:
        self.name, self.place, self.text, self.mark, self.path = name, place, text, mark, Path(place)
        self._link, self._system, self._tell = link, system, tell

    def content(self) -> bytes | None:
        """What is there."""
        return self.path.read_bytes() if self.path.is_file() else None

    def active(self) -> bool:
        """Whether what is there will be run."""
        return self.content() is not None and (self._link is None or self._link.exists())

    def put(self, content: bytes) -> None:
        """Have it run from the next login on. Raises Problem."""
        replace_file(self.path, content)
        if self._link is not None and not self._link.exists():
            self._link.parent.mkdir(parents=True, exist_ok=True)
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self.path)
            self._refresh()

    def take(self, *, keep: bool = False) -> list[Path | str]:
        """Stop running it, and remove it or ``keep`` the text. Returns what was removed, which may be nothing."""
        taken: list[Path | str] = []
        if self._link is not None and self._link.is_symlink() and Path(os.readlink(self._link)) == self.path:
            self._link.unlink()
            taken.append(self._link)
            with contextlib.suppress(OSError):  # not empty
                self._link.parent.rmdir()
        if self.path.is_file() and not keep:
            self.path.unlink()
            taken.append(self.path)
        if taken:
            self._refresh()
        return taken

    def _refresh(self) -> None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            if self._system is not None and self._tell:
                self._system.run(self._tell)


def unit(system: System) -> Entry:
    """A unit of systemd's user manager."""
    folder = system.folder("XDG_CONFIG_HOME", ".config") / "systemd" / "user"
    path, link = folder / "belladonna.service", folder / "default.target.wants" / "belladonna.service"
    tell = ["systemctl", "--user", "daemon-reload"]
    return Entry("systemd user unit", path, texts.unit, texts.unit_mark, system, tell, link)


def answers(system: System) -> bool:
    """Whether systemd looks after this user's programs."""
    try:
        return (
            bool(system.which("systemctl")) and not system.run(["systemctl", "--user", "show-environment"]).returncode
        )
    except (OSError, subprocess.SubprocessError):
        return False


def autostart(system: System) -> Entry:
    """An entry in the folder of the desktop's autostart."""
    path = system.folder("XDG_CONFIG_HOME", ".config") / "autostart" / "belladonna.desktop"
    return Entry("autostart entry", path, texts.autostart, texts.autostart_mark, system, [])


def agent(system: System) -> Entry:
    """A LaunchAgent of macOS. launchd reads the folder at login, and remembers what it has read."""
    path = system.home / "Library" / "LaunchAgents" / f"{texts.AGENT}.plist"
    user = os.getuid() if hasattr(os, "getuid") else 0
    tell = ["launchctl", "bootout", f"gui/{user}/{texts.AGENT}"]
    return Entry("LaunchAgent", path, texts.agent, texts.agent_mark, system, tell)


class RunEntry(Entry):
    """A value of the Run key in the registry of Windows."""

    def __init__(self) -> None:
        super().__init__("Run key", rf"HKCU\{RUN_KEY}\{RUN_NAME}", texts.run_command, texts.run_mark)
        self._winreg: Any = import_module("winreg")  # only Windows has it

    def content(self) -> bytes | None:
        """The value; None if there is none."""
        try:
            with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
                return str(self._winreg.QueryValueEx(key, RUN_NAME)[0]).encode()
        except FileNotFoundError:
            return None

    def put(self, content: bytes) -> None:
        """Raises Problem if Windows would ignore it."""
        if len(content.decode()) > RUN_LENGTH:
            raise Problem("setup.login_windows")
        with self._winreg.CreateKey(self._winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
            self._winreg.SetValueEx(key, RUN_NAME, 0, self._winreg.REG_SZ, content.decode())

    def take(self, *, keep: bool = False) -> list[Path | str]:
        """Delete the value; ``keep`` leaves it."""
        if keep or self.content() is None:
            return []
        with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, RUN_KEY, 0, self._winreg.KEY_SET_VALUE) as key:
            self._winreg.DeleteValue(key, RUN_NAME)
        return [self.place]
