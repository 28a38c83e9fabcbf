"""Start at login: the place on each system, whose it is, and that taking it away leaves what was there before."""

from __future__ import annotations

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

from daemon.setup import login, login_registry, login_start
from daemon.setup.errors import InstallError
from daemon.setup.login import Login
from daemon.setup.system import System
from shared.machine import endpoint
from tests.required_programs import require

HOME, PYTHON = Path("/ana's home"), Path("/ana's home/venv/bin/python")
UNIT = ".config/systemd/user/belladonna.service"
LINK = ".config/systemd/user/default.target.wants/belladonna.service"
AUTOSTART = ".config/autostart/belladonna.desktop"
AGENT = "Library/LaunchAgents/org.belladonna.daemon.plist"


class Systemd:
    """A user's systemd: the real systemctl, told to work on the files alone; ``answers`` is whether it is there."""

    def __init__(self, user: Path, answers: bool = True) -> None:
        self.user, self.answers = user, answers

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if not self.answers:
            return subprocess.CompletedProcess(command, 1, "", "Failed to connect to bus: No medium found\n")
        if command[2] in ("show-environment", "daemon-reload"):
            return subprocess.CompletedProcess(command, 0, "", "")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.user), "SYSTEMD_OFFLINE": "1"}
        environment["XDG_RUNTIME_DIR"] = str(self.user / "runtime")
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


class DictRegistry:
    def __init__(self, **values: str) -> None:
        self.values = values

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, command: str) -> None:
        self.values[name] = command

    def delete(self, name: str) -> None:
        del self.values[name]


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """The home of a user with settings of other programs."""
    return plugin_trees.lay(tmp_path / "user", {".config/autostart/other.desktop": b"", "Library/x": b""})


def system(user: Path, platform: str = "linux", which: str | None = "systemctl") -> System:
    return System(platform=platform, environment={}, home=user, which=lambda name: name if name == which else None)


@pytest.fixture
def systemctl() -> None:
    require("systemctl")


needs_systemctl = pytest.mark.usefixtures("systemctl")


@needs_systemctl
def test_where_systemd_answers_it_gets_a_unit_that_is_enabled(user: Path) -> None:
    linux, run = system(user), Systemd(user)
    before = plugin_trees.content(user)
    assert login.describe(linux, HOME, PYTHON, run=run) == Login("off", "systemd user unit", str(user / UNIT))
    assert login.targets(linux, run=run) == [user / UNIT, user / LINK]
    assert plugin_trees.content(user) == before

    assert login.install(linux, HOME, PYTHON, run=run) == [user / UNIT, user / LINK]
    assert login.describe(linux, HOME, PYTHON, run=run) == Login("on", "systemd user unit", str(user / UNIT))
    assert (user / LINK).resolve() == (user / UNIT).resolve()
    assert not (user / AUTOSTART).exists()
    times = plugin_trees.times(user)
    login.install(linux, HOME, PYTHON, run=run)
    assert plugin_trees.times(user) == times

    assert login.remove(linux, HOME, run=run) == login.Removal([user / LINK, user / UNIT], [])
    assert plugin_trees.content(user) == before
    assert not (user / LINK).is_symlink()
    assert login.describe(linux, HOME, PYTHON, run=run).state == "off"


@needs_systemctl
def test_a_unit_goes_though_systemd_doesnt_answer_any_more(user: Path) -> None:
    linux, run = system(user), Systemd(user)
    login.install(linux, HOME, PYTHON, run=run)
    run.answers = False
    assert login.describe(linux, HOME, PYTHON, run=run).state == "on"
    login.remove(linux, HOME, run=run)
    assert os.listdir((user / UNIT).parent) == []


@needs_systemctl
def test_a_unit_that_was_disabled_or_deleted_by_hand(user: Path) -> None:
    linux, run = system(user), Systemd(user)
    login.install(linux, HOME, PYTHON, run=run)
    (user / LINK).unlink()
    assert login.describe(linux, HOME, PYTHON, run=run).state == "off"
    login.install(linux, HOME, PYTHON, run=run)
    assert login.describe(linux, HOME, PYTHON, run=run).state == "on"
    (user / UNIT).unlink()
    assert login.describe(linux, HOME, PYTHON, run=run).state == "off"
    assert login.remove(linux, HOME, run=run).removed == [user / LINK]


@needs_systemctl
def test_a_changed_unit_is_kept_but_not_started(user: Path) -> None:
    linux, run = system(user), Systemd(user)
    login.install(linux, HOME, PYTHON, run=run)
    with (user / UNIT).open("a") as file:
        file.write("[X-Mine]\n")
    assert login.describe(linux, HOME, PYTHON, run=run).state == "stale"
    assert login.remove(linux, HOME, changed=(user / UNIT).__eq__, run=run) == login.Removal(
        [user / LINK], [user / UNIT]
    )
    assert (user / UNIT).exists()


def test_systemd_that_answers_but_fails_is_said(user: Path) -> None:
    def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        fails = command[2] == "enable"
        return subprocess.CompletedProcess(command, int(fails), "", "Noise.\nUnit not found.\n" if fails else "")

    with pytest.raises(InstallError, match="systemd doesn't start Belladonna at login: Unit not found"):
        login.install(system(user), HOME, PYTHON, run=run)
    assert login.remove(system(user), HOME, run=run).removed == [user / UNIT]


@pytest.mark.parametrize("which", ["systemctl", None])
def test_without_systemd_it_is_the_autostart_folder(user: Path, which: str | None) -> None:
    linux, run = system(user, which=which), Systemd(user, answers=False)
    before = plugin_trees.content(user)
    assert login.install(linux, HOME, PYTHON, run=run) == [user / AUTOSTART]
    assert login.describe(linux, HOME, PYTHON, run=run) == Login("on", "autostart entry", str(user / AUTOSTART))
    times = plugin_trees.times(user)
    login.install(linux, HOME, PYTHON, run=run)
    assert plugin_trees.times(user) == times
    assert login.describe(linux, HOME, Path("/new/python"), run=run).state == "stale"
    login.install(linux, HOME, Path("/new/python"), run=run)
    assert login.describe(linux, HOME, Path("/new/python"), run=run).state == "on"
    assert login.remove(linux, HOME, run=run).removed == [user / AUTOSTART]
    assert plugin_trees.content(user) == before


@needs_systemctl
def test_a_unit_takes_the_place_of_an_autostart_entry(user: Path) -> None:
    linux, run = system(user), Systemd(user, answers=False)
    login.install(linux, HOME, PYTHON, run=run)
    run.answers = True
    assert login.describe(linux, HOME, PYTHON, run=run).way == "autostart entry"
    login.install(linux, HOME, PYTHON, run=run)
    assert not (user / AUTOSTART).exists()
    assert login.describe(linux, HOME, PYTHON, run=run).way == "systemd user unit"


def test_the_users_other_folder_of_settings(user: Path) -> None:
    linux = System(
        platform="linux", environment={"XDG_CONFIG_HOME": str(user / "mine")}, home=user, which=lambda _: None
    )
    assert login.install(linux, HOME, PYTHON) == [user / "mine/autostart/belladonna.desktop"]


def test_a_launch_agent_on_macos(user: Path) -> None:
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 113, "", "Could not find specified service")

    mac = system(user, "darwin")
    before = plugin_trees.content(user)
    assert login.targets(mac, run=run) == [user / AGENT]
    assert login.install(mac, HOME, PYTHON, run=run) == [user / AGENT]
    assert plistlib.loads((user / AGENT).read_bytes())["EnvironmentVariables"] == {"BELLADONNA_HOME": str(HOME)}
    assert login.describe(mac, HOME, PYTHON, run=run) == Login("on", "LaunchAgent", str(user / AGENT))
    assert asked == []
    assert login.remove(mac, HOME, run=run).removed == [user / AGENT]
    assert [command[:2] for command in asked] == [["launchctl", "bootout"]]
    assert plugin_trees.content(user) == before


def test_a_value_in_the_run_key_on_windows(user: Path) -> None:
    registry = DictRegistry(Other="other.exe")
    windows = system(user, "win32")
    place = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run\Belladonna"
    assert login.targets(windows, registry=registry) == []
    assert login.describe(windows, HOME, PYTHON, registry=registry) == Login("off", "Run key", place)
    assert login.install(windows, HOME, PYTHON, registry=registry) == [place]
    assert registry.values["Belladonna"].endswith(f'-m daemon.setup.login_start "{HOME}"')
    assert login.describe(windows, HOME, PYTHON, registry=registry) == Login("on", "Run key", place)
    assert login.remove(windows, Path("/another"), registry=registry) == login.Removal([], [])
    assert login.remove(windows, HOME, registry=registry) == login.Removal([place], [])
    assert registry.values == {"Other": "other.exe"}


def test_a_command_that_windows_would_ignore_is_refused(user: Path) -> None:
    registry = DictRegistry()
    with pytest.raises(InstallError, match="too long"):
        login.install(system(user, "win32"), Path("/" + "x" * login_registry.LENGTH), PYTHON, registry=registry)
    assert registry.values == {}


@pytest.mark.parametrize(("platform", "place"), [("linux", AUTOSTART), ("darwin", AGENT)])
def test_what_is_somebody_elses_stays(user: Path, platform: str, place: str) -> None:
    computer = system(user, platform, which=None)
    login.install(computer, Path("/another home"), PYTHON)
    theirs = (user / place).read_bytes()
    assert login.describe(computer, HOME, PYTHON).state == "foreign"
    assert login.remove(computer, HOME) == login.Removal([], [])
    with pytest.raises(InstallError, match="is not this Belladonna's") as caught:
        login.install(computer, HOME, PYTHON)
    assert "--no-login" in caught.value.hint
    assert (user / place).read_bytes() == theirs


@pytest.mark.parametrize("home", ["/a\nb", "/a\udcff"])
def test_a_path_that_no_file_can_hold_is_refused(user: Path, home: str) -> None:
    linux = system(user, which=None)
    with pytest.raises(InstallError, match="can't be written"):
        login.install(linux, Path(home), PYTHON)
    assert login.describe(linux, Path(home), PYTHON).state == "off"
    assert login.remove(linux, Path(home)).removed == []


@pytest.mark.skipif(os.name == "nt", reason="the programs are POSIX's")
def test_a_systemctl_that_cant_be_run_doesnt_answer(user: Path) -> None:
    assert login.targets(system(user, which=None)) == [user / AUTOSTART]
    broken = System(platform="linux", environment={}, home=user, which=lambda _: "/dev/null")
    assert login.targets(broken) == [user / AUTOSTART]


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
    assert login_start.start(home, command) == 0
    found = endpoint.read(home)
    assert found is not None
    assert login_start.start(home, [sys.executable, "-c", "raise SystemExit(9)"]) == 0  # it runs, so nothing is started
    endpoint.remove(found.pid, home)
    eventually(lambda: not listens(found.port), "the daemon ended")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
