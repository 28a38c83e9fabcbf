"""Start at login: the place on each system, whose it is, and that taking it away leaves what was there before."""

from __future__ import annotations

import contextlib
import os
import plistlib
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import plugin_trees
import pytest
from live_daemon import ROOT, eventually

from daemon.setup.login import autostart, entries, start
from daemon.setup.login.autostart import Login
from daemon.setup.system import System
from shared.machine import endpoint
from shared.problem import Problem
from tests.required_programs import require

HOME, PYTHON = Path("/ana's home"), Path("/ana's home/venv/bin/python")
UNIT = ".config/systemd/user/belladonna.service"
LINK = ".config/systemd/user/default.target.wants/belladonna.service"
AUTOSTART = ".config/autostart/belladonna.desktop"
AGENT = "Library/LaunchAgents/org.belladonna.daemon.plist"


class Systemctl:
    """What the system's programs are told. ``answers``: whether systemd looks after this user."""

    def __init__(self, answers: bool = True) -> None:
        self.answers, self.told = answers, []

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.told.append(command)
        return subprocess.CompletedProcess(command, int(not self.answers), "", "")


class Winreg:
    """The values of one key of the registry, by the functions of the module of that name."""

    HKEY_CURRENT_USER, KEY_SET_VALUE, REG_SZ = 1, 2, 3

    def __init__(self, **values: str) -> None:
        self.values = values

    def OpenKey(self, *_: object) -> contextlib.AbstractContextManager[dict[str, str]]:
        return contextlib.nullcontext(self.values)

    CreateKey = OpenKey

    def QueryValueEx(self, key: dict[str, str], name: str) -> tuple[str, int]:
        if name not in key:
            raise FileNotFoundError
        return key[name], self.REG_SZ

    def SetValueEx(self, key: dict[str, str], name: str, _: int, kind: int, value: str) -> None:
        key[name] = value

    def DeleteValue(self, key: dict[str, str], name: str) -> None:
        del key[name]


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """The home of a user with settings of other programs."""
    return plugin_trees.lay(tmp_path / "user", {".config/autostart/other.desktop": b"", "Library/x": b""})


def system(user: Path, platform: str = "linux", systemctl: Systemctl | None = None) -> System:
    """``systemctl``: where there is a systemd."""

    def which(name: str) -> str | None:
        return name if name == "systemctl" and systemctl else None

    return System(platform=platform, environment={}, home=user, which=which, run=systemctl or Systemctl())


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Winreg:
    winreg = Winreg(Other="other.exe")
    monkeypatch.setitem(sys.modules, "winreg", winreg)
    return winreg


def test_where_systemd_answers_it_gets_a_unit_that_is_enabled(user: Path) -> None:
    systemctl = Systemctl()
    linux = system(user, systemctl=systemctl)
    before = plugin_trees.content(user)
    assert autostart.describe(linux, HOME, PYTHON) == Login("off", "systemd user unit", user / UNIT)
    assert plugin_trees.content(user) == before

    autostart.install(linux, HOME, PYTHON)
    assert autostart.describe(linux, HOME, PYTHON) == Login("on", "systemd user unit", user / UNIT)
    assert (user / LINK).resolve() == (user / UNIT).resolve()
    assert not (user / AUTOSTART).exists()
    times = plugin_trees.times(user)
    autostart.install(linux, HOME, PYTHON)
    assert plugin_trees.times(user) == times

    assert autostart.remove(linux, HOME) == ([user / LINK, user / UNIT], [])
    assert plugin_trees.content(user) == before
    assert not (user / LINK).is_symlink()
    assert autostart.describe(linux, HOME, PYTHON).state == "off"
    reloads = [command for command in systemctl.told if command[-1] == "daemon-reload"]
    assert len(reloads) == 2, "when it came and when it went"


def test_systemd_takes_the_link_for_an_enabled_unit(user: Path) -> None:
    require("systemctl")
    autostart.install(system(user, systemctl=Systemctl()), HOME, PYTHON)
    environment = {"PATH": os.environ["PATH"], "HOME": str(user), "XDG_RUNTIME_DIR": str(user), "SYSTEMD_OFFLINE": "1"}
    command = ["systemctl", "--user", "is-enabled", "belladonna.service"]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60).stdout == "enabled\n"


def test_a_unit_goes_though_systemd_doesnt_answer_any_more(user: Path) -> None:
    systemctl = Systemctl()
    linux = system(user, systemctl=systemctl)
    autostart.install(linux, HOME, PYTHON)
    systemctl.answers = False
    assert autostart.describe(linux, HOME, PYTHON).state == "on"
    autostart.remove(linux, HOME)
    assert os.listdir((user / UNIT).parent) == []


def test_a_unit_that_was_disabled_or_deleted_by_hand(user: Path) -> None:
    linux = system(user, systemctl=Systemctl())
    autostart.install(linux, HOME, PYTHON)
    (user / LINK).unlink()
    assert autostart.describe(linux, HOME, PYTHON).state == "off"
    autostart.install(linux, HOME, PYTHON)
    assert autostart.describe(linux, HOME, PYTHON).state == "on"
    (user / UNIT).unlink()
    assert autostart.describe(linux, HOME, PYTHON).state == "off"
    assert autostart.remove(linux, HOME)[0] == [user / LINK]


def test_a_changed_unit_is_kept_but_not_started(user: Path) -> None:
    linux = system(user, systemctl=Systemctl())
    autostart.install(linux, HOME, PYTHON)
    with (user / UNIT).open("a") as file:
        file.write("[X-Mine]\n")
    assert autostart.describe(linux, HOME, PYTHON).state == "stale"
    assert autostart.remove(linux, HOME, (user / UNIT).__eq__) == ([user / LINK], [user / UNIT])
    assert (user / UNIT).exists()


@pytest.mark.parametrize("systemctl", [Systemctl(answers=False), None])
def test_without_systemd_it_is_the_autostart_folder(user: Path, systemctl: Systemctl | None) -> None:
    linux = system(user, systemctl=systemctl)
    before = plugin_trees.content(user)
    autostart.install(linux, HOME, PYTHON)
    assert autostart.describe(linux, HOME, PYTHON) == Login("on", "autostart entry", user / AUTOSTART)
    times = plugin_trees.times(user)
    autostart.install(linux, HOME, PYTHON)
    assert plugin_trees.times(user) == times
    assert autostart.describe(linux, HOME, Path("/new/python")).state == "stale"
    autostart.install(linux, HOME, Path("/new/python"))
    assert autostart.describe(linux, HOME, Path("/new/python")).state == "on"
    assert autostart.remove(linux, HOME) == ([user / AUTOSTART], [])
    assert plugin_trees.content(user) == before


def test_a_unit_takes_the_place_of_an_autostart_entry(user: Path) -> None:
    systemctl = Systemctl(answers=False)
    linux = system(user, systemctl=systemctl)
    autostart.install(linux, HOME, PYTHON)
    systemctl.answers = True
    assert autostart.describe(linux, HOME, PYTHON).way == "autostart entry"
    autostart.install(linux, HOME, PYTHON)
    assert not (user / AUTOSTART).exists()
    assert autostart.describe(linux, HOME, PYTHON).way == "systemd user unit"


def test_the_users_other_folder_of_settings(user: Path) -> None:
    variables = {"XDG_CONFIG_HOME": str(user / "mine")}
    linux = System(platform="linux", environment=variables, home=user, which=lambda _: None)
    autostart.install(linux, HOME, PYTHON)
    assert (user / "mine/autostart/belladonna.desktop").is_file()


def test_a_launch_agent_on_macos(user: Path) -> None:
    launchctl = Systemctl(answers=False)
    mac = System(platform="darwin", environment={}, home=user, run=launchctl)
    before = plugin_trees.content(user)
    autostart.install(mac, HOME, PYTHON)
    assert plistlib.loads((user / AGENT).read_bytes())["EnvironmentVariables"] == {"BELLADONNA_HOME": str(HOME)}
    assert autostart.describe(mac, HOME, PYTHON) == Login("on", "LaunchAgent", user / AGENT)
    assert launchctl.told == []
    assert autostart.remove(mac, HOME) == ([user / AGENT], [])
    assert [command[:2] for command in launchctl.told] == [["launchctl", "bootout"]]
    assert plugin_trees.content(user) == before


def test_a_value_in_the_run_key_on_windows(user: Path, registry: Winreg) -> None:
    windows = system(user, "win32")
    place = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run\Belladonna"
    assert autostart.describe(windows, HOME, PYTHON) == Login("off", "Run key", place)
    autostart.install(windows, HOME, PYTHON)
    assert registry.values["Belladonna"].endswith(f'-m daemon.setup.login.start "{HOME}"')
    assert autostart.describe(windows, HOME, PYTHON) == Login("on", "Run key", place)
    assert autostart.remove(windows, Path("/another")) == ([], [])
    assert autostart.remove(windows, HOME) == ([place], [])
    assert registry.values == {"Other": "other.exe"}


def test_a_command_that_windows_would_ignore_is_refused(user: Path, registry: Winreg) -> None:
    with pytest.raises(Problem) as caught:
        autostart.install(system(user, "win32"), Path("/" + "x" * entries.RUN_LENGTH), PYTHON)
    assert caught.value.key == "setup.login_windows"
    assert registry.values == {"Other": "other.exe"}


@pytest.mark.parametrize(("platform", "place"), [("linux", AUTOSTART), ("darwin", AGENT)])
def test_what_is_somebody_elses_stays(user: Path, platform: str, place: str) -> None:
    computer = system(user, platform)
    autostart.install(computer, Path("/another home"), PYTHON)
    theirs = (user / place).read_bytes()
    assert autostart.describe(computer, HOME, PYTHON).state == "foreign"
    assert autostart.remove(computer, HOME) == ([], [])
    with pytest.raises(Problem) as caught:
        autostart.install(computer, HOME, PYTHON)
    assert caught.value.key == "setup.login_foreign"
    assert (user / place).read_bytes() == theirs


@pytest.mark.parametrize("home", ["/a\nb", "/a\udcff"])
def test_a_path_that_no_file_can_hold_is_refused(user: Path, home: str) -> None:
    linux = system(user)
    with pytest.raises(Problem) as caught:
        autostart.install(linux, Path(home), PYTHON)
    assert caught.value.key == "setup.login_path"
    assert autostart.describe(linux, Path(home), PYTHON).state == "off"
    assert autostart.remove(linux, Path(home)) == ([], [])


@pytest.mark.skipif(os.name == "nt", reason="the programs are POSIX's")
def test_a_systemctl_that_cant_be_run_doesnt_answer(user: Path) -> None:
    def broken(_: object) -> subprocess.CompletedProcess[str]:
        raise PermissionError

    linux = System(platform="linux", environment={}, home=user, which=lambda _: "/dev/null", run=broken)
    assert autostart.describe(linux, HOME, PYTHON).place == user / AUTOSTART


def test_windows_starts_a_daemon_and_leaves_it(home: Path) -> None:
    # Ends like a daemon that was told to stop: when its connection file goes.
    daemon = """
import os, socket, time
from shared.machine import endpoint
with socket.create_server(("127.0.0.1", 0)) as server:
    address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    endpoint.write(endpoint.Endpoint(address, "0" * 40, os.getpid(), 1, "0.1.0"))
    for _ in range(600):
        if endpoint.read() is None:
            break
        time.sleep(0.05)
"""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{daemon}"]
    assert start.start(home, command) == 0
    found = endpoint.read(home)
    assert found is not None
    assert start.start(home, [sys.executable, "-c", "raise SystemExit(9)"]) == 0  # it runs, so nothing is started
    endpoint.remove(found.pid, home)
    eventually(lambda: not listens(found.port), "the daemon ended")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
