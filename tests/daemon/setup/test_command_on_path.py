"""The command in a folder on the PATH: that it runs, whose it is, and what is said where it won't be found."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import plugin_trees
import pytest

from daemon.setup import command
from daemon.setup.system import System
from shared import wording
from shared.problem import Problem

posix = pytest.mark.skipif(os.name == "nt", reason="links and scripts of POSIX")


class User:
    """Somebody with a launcher in a home of Belladonna's, and a PATH."""

    def __init__(self, folder: Path, platform: str = "linux") -> None:
        self.home = folder / "user"
        self.launcher = plugin_trees.lay(folder / "it's a home", {"bin/belladonna": b"#!/bin/sh\necho $*\n"})
        self.launcher = self.launcher / "bin" / "belladonna"
        self.launcher.chmod(0o755)
        self.windows_apps = self.home / "AppData/Local/Microsoft/WindowsApps"
        self.home.mkdir()
        self.platform = platform
        self.path = ["/usr/bin", str(self.home / ".local/bin/")]
        self.found: str | None = None

    @property
    def system(self) -> System:
        variables = {"PATH": os.pathsep.join(self.path)}
        return System(platform=self.platform, environment=variables, home=self.home, which=lambda _: self.found)


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def identity(path: Path) -> tuple[int, int, int]:
    """Which file it is, of what kind, and when it was changed; reading a link changes the time of its last use."""
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_mtime_ns


@posix
def test_the_command_starts_the_launcher(user: User) -> None:
    place = user.home / ".local/bin/belladonna"
    assert not command.present(user.system, user.launcher)
    command.install(user.system, user.launcher)
    assert command.place(user.system) == place
    assert subprocess.run([place, "try", "it"], capture_output=True, text=True, check=True).stdout == "try it\n"
    made = identity(place)
    command.install(user.system, user.launcher)
    assert identity(place) == made
    assert command.present(user.system, user.launcher)
    assert command.remove(user.system, user.launcher) == place
    assert os.listdir(place.parent) == []
    assert command.remove(user.system, user.launcher) is None


@posix
@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
def test_what_is_somebody_elses_stays(user: User, kind: str) -> None:
    place = user.home / ".local/bin/belladonna"
    place.parent.mkdir(parents=True)
    if kind == "file":
        place.write_text("mine")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("/bin/sh" if kind == "link" else "/another home/bin/belladonna")
    before = identity(place)
    with pytest.raises(Problem) as caught:
        command.install(user.system, user.launcher)
    assert caught.value.key == "setup.foreign_command"
    assert str(user.launcher) in caught.value.hint
    assert command.remove(user.system, user.launcher) is None
    assert identity(place) == before


@posix
def test_it_says_what_keeps_the_command_from_being_found(user: User) -> None:
    place = user.home / ".local/bin/belladonna"
    user.found = str(place)
    assert command.advice(user.system, user.launcher) == ""
    user.found = None  # not there yet
    assert command.advice(user.system, user.launcher) == ""
    user.found = "/usr/bin/belladonna"
    values = {"path": "/usr/bin/belladonna", "launcher": user.launcher}
    assert command.advice(user.system, user.launcher) == wording.text("setup.another_on_path", **values)
    user.path = ["/usr/bin", ""]
    assert command.advice(user.system, user.launcher) == wording.text("setup.not_on_path", folder=place.parent)


def test_on_windows_a_script_lies_where_windows_keeps_them(tmp_path: Path) -> None:
    user = User(tmp_path, "win32")
    user.windows_apps.mkdir(parents=True)
    launcher = user.home / "AppData/Local/Belladonna 100%/bin/belladonna.cmd"
    place = user.windows_apps / "belladonna.cmd"
    command.install(user.system, launcher)
    inside = str(Path("/Belladonna 100%%/bin/belladonna.cmd"))
    assert place.read_bytes().decode() == f'@"%LOCALAPPDATA%{inside}" %*\r\n'
    assert command.present(user.system, launcher)
    assert command.remove(user.system, launcher) == place
    assert os.listdir(user.windows_apps) == []

    place.write_text("mine")
    with pytest.raises(Problem):
        command.install(user.system, launcher)
    assert command.remove(user.system, launcher) is None
    assert place.read_text() == "mine"


def test_a_script_that_a_console_could_misread_isnt_written(tmp_path: Path) -> None:
    user = User(tmp_path, "win32")
    user.windows_apps.mkdir(parents=True)
    with pytest.raises(Problem) as caught:
        command.install(user.system, tmp_path / "Künste" / "bin" / "belladonna.cmd")
    assert caught.value.key == "setup.unwritable_command"
    assert str(tmp_path / "Künste" / "bin") in caught.value.hint
    assert os.listdir(user.windows_apps) == []


def test_a_windows_without_that_folder(tmp_path: Path) -> None:
    user = User(tmp_path, "win32")
    assert command.place(user.system) is None
    command.install(user.system, user.launcher)
    assert command.remove(user.system, user.launcher) is None
    said = wording.text("setup.not_on_path", folder=user.launcher.parent)
    assert command.advice(user.system, user.launcher) == said
    user.path.append(str(user.launcher.parent))
    assert command.advice(user.system, user.launcher) == ""


@posix
def test_launcher_keeps_its_home_and_every_argument(tmp_path: Path) -> None:
    home = tmp_path / "a $HOME with 'quotes' and `ticks`"
    python = home / "venv" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$BELLADONNA_HOME" "$@"\n')
    python.chmod(0o755)
    script = tmp_path / "belladonna"
    command.write_launcher(script, home, python)
    arguments = ["shade", "my picture.png", "", "*", "--concept", "it's a dog"]
    variables = {**os.environ, "BELLADONNA_HOME": "/another"}
    output = subprocess.run([script, *arguments], env=variables, capture_output=True, text=True, check=True).stdout
    assert output.split("\n")[:-1] == [str(home), "-I", "-m", "daemon", *arguments]
