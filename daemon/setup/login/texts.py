"""The text that starts the daemon at login, for each way of doing so. Paths may contain any printable character.

Each text has a mark: the part that names the home. By it an entry is recognised as that home's, even when another
version wrote it or somebody changed the rest, so the marks must stay as they are.
"""

from __future__ import annotations

import os
import plistlib
import re
from pathlib import PurePath
from xml.sax.saxutils import escape

from shared.machine.launch import ALREADY_RUNNING

AGENT = "org.belladonna.daemon"
"""The name of the LaunchAgent."""

CPU_WEIGHT = 10
"""Others have 100. Where systemd shares out the processor, the worker's niceness counts only within the unit."""

_EXEC = 'exec "$0" "$@"'  # for the shell: become the program that the other words are


def unit(home: PurePath, python: PurePath) -> bytes:
    """A service of systemd's user manager. One that keeps failing is left alone after three tries in five minutes."""
    # By the shell, since systemd takes no quotes or backslashes in the name of a program. After the colon "$" is "$".
    text = f"""\
[Unit]
Description=Belladonna, Nightshade for your own pictures
StartLimitIntervalSec=300
StartLimitBurst=3

[Service]
Environment={_unit_home(home)}
ExecStart=:/bin/sh -c {_unit_quoted(_EXEC)} {_unit_quoted(str(python))} -I -m daemon serve
SuccessExitStatus={ALREADY_RUNNING}
Restart=on-failure
RestartSec=5
CPUWeight={CPU_WEIGHT}

[Install]
WantedBy=default.target
"""
    return os.fsencode(text)


def unit_mark(home: PurePath) -> bytes:
    """What tells which home a unit is for."""
    return os.fsencode(_unit_home(home))


def autostart(home: PurePath, python: PurePath) -> bytes:
    """A desktop entry for the autostart folder. It does nothing once the Python is gone."""
    program = str(python).replace("\\", "\\\\")
    # By the shell, since env takes a program with "=" in its name for a variable.
    words = [_entry_quoted(_EXEC), _entry_quoted(str(python))]
    text = f"""\
[Desktop Entry]
Type=Application
Version=1.0
Name=Belladonna
Comment=Nightshade for your own pictures: the program that the editors talk to
TryExec={program}
Exec=env {_entry_home(home)} sh -c {" ".join(words)} -I -m daemon serve
NoDisplay=true
"""
    return os.fsencode(text)


def autostart_mark(home: PurePath) -> bytes:
    """What tells which home a desktop entry is for."""
    return os.fsencode(_entry_home(home))


def agent(home: PurePath, python: PurePath) -> bytes:
    """A LaunchAgent. Only a crash starts it again: launchd knows no limit, and takes the exit code 3 for a failure."""
    return plistlib.dumps(
        {
            "Label": AGENT,
            "ProgramArguments": [str(python), "-I", "-m", "daemon", "serve"],
            "EnvironmentVariables": {"BELLADONNA_HOME": str(home)},
            "RunAtLoad": True,
            "KeepAlive": {"Crashed": True},
            "ThrottleInterval": 60,
            "ProcessType": "Interactive",  # any other has its processor and disk rationed, and somebody waits
        },
        sort_keys=False,
    )


def agent_mark(home: PurePath) -> bytes:
    """What tells which home an agent is for."""
    return os.fsencode(f"<key>BELLADONNA_HOME</key>\n\t\t<string>{escape(str(home))}</string>")


def run_command(home: PurePath, python: PurePath) -> bytes:
    """A value of the Run key. It can't set a variable or hide a console's window: a module does both."""
    windowless = python.with_name("pythonw.exe")
    return os.fsencode(f'"{windowless}" -I -m daemon.setup.login.start {_run_home(home)}')


def run_mark(home: PurePath) -> bytes:
    """What tells which home a value of the Run key is for."""
    return os.fsencode(_run_home(home))


def _unit_home(home: PurePath) -> str:
    return _unit_quoted(f"BELLADONNA_HOME={home}")


def _unit_quoted(text: str) -> str:
    """One word of systemd's command lines."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def _entry_home(home: PurePath) -> str:
    return _entry_quoted(f"BELLADONNA_HOME={home}")


def _entry_quoted(text: str) -> str:
    """One word of Exec: quoted as for a shell, then as every string of a desktop entry, with % for field codes."""
    shell = re.sub(r'(["`$\\])', r"\\\1", text)
    return '"' + shell.replace("\\", "\\\\").replace("%", "%%") + '"'


def _run_home(home: PurePath) -> str:
    """In quotes, which no path of Windows contains; a backslash before the last one would take its meaning."""
    text = str(home)
    return f'"{text}\\"' if text.endswith("\\") else f'"{text}"'
