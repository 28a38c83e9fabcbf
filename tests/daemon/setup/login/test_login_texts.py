"""What is written to start at login: each system's own tool takes it, and the paths come out of it as they went in."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import subprocess
from pathlib import Path, PureWindowsPath

import pytest
from live_daemon import eventually

from daemon.setup.login import texts
from shared.machine.launch import ALREADY_RUNNING
from tests.required_programs import require

HOMES = [
    "/home/ana/.local/share/belladonna",
    "/home/ana maría/my pictures/belladonna",
    '/100% %h %%/$HOME ${HOME} $$/it\'s; "a" `b` #c',
    "/back\\slash \\n/&amp; <b> é日本/=x ",
]
MARKS = {
    "unit": (texts.unit, texts.unit_mark),
    "autostart": (texts.autostart, texts.autostart_mark),
    "agent": (texts.agent, texts.agent_mark),
    "run": (texts.run_command, texts.run_mark),
}


def values(text: bytes) -> dict[str, str]:
    """The keys of a unit or desktop entry."""
    return dict(line.split("=", 1) for line in text.decode().splitlines() if "=" in line)


def command(home: str) -> list[str]:
    return [f"{home}/bin/python", "-I", "-m", "daemon", "serve"]


@pytest.mark.parametrize("home", HOMES)
def test_systemd_takes_the_unit(home: str, tmp_path: Path) -> None:
    require("systemd-analyze")
    unit = tmp_path / "belladonna.service"
    unit.write_bytes(texts.unit(Path(home), Path(home, "bin/python")))
    arguments = ["systemd-analyze", "--user", "--man=no", "verify", unit]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60)
    about_it = [line for line in done.stderr.splitlines() if unit.name in line]  # others' units have faults, too
    assert (done.returncode, about_it) == (0, [])


def test_the_unit_weighs_less_than_other_programs() -> None:
    assert 1 <= int(values(texts.unit(Path("/home/a"), Path("/home/a/python")))["CPUWeight"]) < 100


@pytest.mark.parametrize("home", HOMES)
def test_the_unit_starts_the_daemon_with_its_home(home: str) -> None:
    keys = values(texts.unit(Path(home), Path(home, "bin/python")))
    assert keys["ExecStart"][0] == ":"  # after which "$" is a character like any other
    lines = [keys["ExecStart"][1:], keys["Environment"]]
    assert not any(re.search(r"(?<!%)(%%)*%(?!%)", line) for line in lines)
    # Of what a shell knows, only escapes that systemd has as well are in there.
    words, variables = (shlex.split(line.replace("%%", "%")) for line in lines)
    assert words == ["/bin/sh", "-c", 'exec "$0" "$@"', *command(home)]
    assert variables == [f"BELLADONNA_HOME={home}"]


def test_the_unit_is_not_started_again_for_ever() -> None:
    keys = values(texts.unit(Path("/home"), Path("/python")))
    assert keys["SuccessExitStatus"] == str(ALREADY_RUNNING)
    assert keys["Restart"] == "on-failure"
    tries, pause, within = (int(keys[key]) for key in ("StartLimitBurst", "RestartSec", "StartLimitIntervalSec"))
    assert tries * pause < within


@pytest.mark.parametrize("home", HOMES)
def test_the_desktop_entry_is_valid(home: str, tmp_path: Path) -> None:
    require("desktop-file-validate")
    entry = tmp_path / "belladonna.desktop"
    entry.write_bytes(texts.autostart(Path(home), Path(home, "bin/python")))
    done = subprocess.run(["desktop-file-validate", entry], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("home", HOMES)
def test_a_desktop_starts_the_daemon_with_its_home(home: str, tmp_path: Path) -> None:
    require("gio")  # GLib's own reader of desktop entries
    inside = tmp_path / home.lstrip("/")
    python, said = inside / "bin" / "python", tmp_path / "said"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$BELLADONNA_HOME" "$@" end >> {shlex.quote(str(said))}\n')
    python.chmod(0o755)
    entry = tmp_path / "belladonna.desktop"
    entry.write_bytes(texts.autostart(inside, python))
    subprocess.run(["gio", "launch", entry], check=True, capture_output=True, timeout=60)
    eventually(lambda: said.exists() and said.read_text().endswith("end\n"), "the program ran")
    assert said.read_text().split("\n")[:-1] == [str(inside), "-I", "-m", "daemon", "serve", "end"]


def test_a_desktop_starts_nothing_once_the_environment_is_gone(tmp_path: Path) -> None:
    require("gio")
    entry = tmp_path / "belladonna.desktop"
    entry.write_bytes(texts.autostart(tmp_path, tmp_path / "gone" / "python"))
    assert subprocess.run(["gio", "launch", entry], capture_output=True, timeout=60).returncode != 0


@pytest.mark.parametrize("home", HOMES)
def test_the_agent_starts_the_daemon_with_its_home(home: str) -> None:
    content = plistlib.loads(texts.agent(Path(home), Path(home, "bin/python")))
    assert content["Label"] == texts.AGENT
    assert content["EnvironmentVariables"] == {"BELLADONNA_HOME": home}
    assert content["ProgramArguments"] == command(home)
    assert content["RunAtLoad"] is True
    assert content["KeepAlive"] == {"Crashed": True}  # not after the exit code 3, which launchd takes for a failure


@pytest.mark.parametrize("home", ["C:\\Users\\Ana María\\Belladonna", "D:\\", "C:\\100%\\it's"])
def test_the_run_key_starts_the_module_without_a_window(home: str) -> None:
    text = texts.run_command(PureWindowsPath(home), PureWindowsPath(home, "venv", "Scripts", "python.exe"))
    program, rest = text.decode()[1:].split('" ', 1)
    assert program == str(PureWindowsPath(home, "venv", "Scripts", "pythonw.exe"))
    start = "-I -m daemon.setup.login.start "
    assert rest.startswith(start)
    # How Windows programs take their line apart: a quote after an odd number of backslashes would be part of the text.
    argument = rest[len(start) :]
    assert (argument[0], argument[-1]) == ('"', '"')
    backslashes = len(argument[:-1]) - len(argument[:-1].rstrip("\\"))
    assert backslashes % 2 == 0
    assert argument[1 : len(argument) - 1 - backslashes] + "\\" * (backslashes // 2) == home


@pytest.mark.parametrize("way", MARKS)
def test_a_mark_is_of_one_home_and_no_other(way: str) -> None:
    text, mark = MARKS[way]
    homes = [Path(home) for home in HOMES]
    homes += [Path(home + "2") for home in HOMES] + [Path(home).parent for home in HOMES]
    for home in homes:
        content = text(home, Path("/elsewhere/python"))
        assert [other for other in homes if mark(other) in content] == [home]
