"""Start at login on Windows: a value in the registry."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from . import login_texts
from .errors import InstallError

LENGTH = 260
"""Windows ignores a longer command in its Run key."""


class Registry(Protocol):
    """Values of the Run key of the user: name → command."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, command: str) -> None: ...

    def delete(self, name: str) -> None: ...


class RunKey:
    """The Run key itself."""

    PATH = r"Software\Microsoft\Windows\CurrentVersion\Run"

    def __init__(self) -> None:
        self._winreg: Any = import_module("winreg")  # only Windows has it

    def get(self, name: str) -> str | None:
        try:
            with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, self.PATH) as key:
                return str(self._winreg.QueryValueEx(key, name)[0])
        except FileNotFoundError:
            return None

    def set(self, name: str, command: str) -> None:
        with self._winreg.CreateKey(self._winreg.HKEY_CURRENT_USER, self.PATH) as key:
            self._winreg.SetValueEx(key, name, 0, self._winreg.REG_SZ, command)

    def delete(self, name: str) -> None:
        rights = self._winreg.KEY_SET_VALUE
        with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, self.PATH, 0, rights) as key:
            self._winreg.DeleteValue(key, name)


class RunEntry:
    """A value of the Run key of Windows."""

    NAME = "Belladonna"

    def __init__(self, registry: Registry) -> None:
        self.name, self.text, self.mark = "Run key", login_texts.run_command, login_texts.run_mark
        self._registry = registry

    @property
    def place(self) -> Path | str:
        return rf"HKCU\{RunKey.PATH}\{self.NAME}"

    @property
    def targets(self) -> list[Path]:
        return []

    def content(self) -> bytes | None:
        command = self._registry.get(self.NAME)
        return None if command is None else command.encode()

    def active(self) -> bool:
        return self.content() is not None

    def put(self, content: bytes) -> None:
        command = content.decode()
        if len(command) > LENGTH:
            raise InstallError(
                "Windows can't start Belladonna at login: the path of its folder is too long.",
                "Set BELLADONNA_HOME to a shorter one, or leave it: editors start the daemon when they need it.",
            )
        if self._registry.get(self.NAME) != command:
            self._registry.set(self.NAME, command)

    def take(self, *, keep_text: bool = False) -> list[Path | str]:
        if keep_text or self._registry.get(self.NAME) is None:
            return []
        self._registry.delete(self.NAME)
        return [self.place]
