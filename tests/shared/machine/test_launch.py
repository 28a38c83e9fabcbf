"""Starting the daemon: real processes, of which only one may win."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from curve_router import eventually

from shared.machine import endpoint, launch, paths
from shared.machine.endpoint import Endpoint
from shared.machine.filelock import FileLock
from shared.machine.launch import Launcher, running

ROOT = Path(__file__).resolve().parents[3]

# Notes each start in a file of its own, then does what the daemon does: listen, publish, stay.
DAEMON = """
import os, pathlib, socket, sys, time
sys.path.insert(0, {root!r})
from shared.machine import endpoint, paths
home = pathlib.Path({home!r})
(home / f"started-{{os.getpid()}}").touch()
time.sleep({delay})
server = socket.create_server(("127.0.0.1", 0))
endpoint.write(endpoint.Endpoint(f"tcp://127.0.0.1:{{server.getsockname()[1]}}", "a" * 40, os.getpid(), 1, ""), home)
time.sleep(600)
"""

Command = Callable[[float], list[str]]


def starts(home: Path) -> list[int]:
    """The process ids of the daemons that were started."""
    return [int(path.name.partition("-")[2]) for path in home.glob("started-*")]


@pytest.fixture
def command(home: Path) -> Iterator[Command]:
    """``command(delay)`` starts a daemon that takes so many seconds; what was started is ended afterwards."""
    yield lambda delay: [sys.executable, "-c", DAEMON.format(root=str(ROOT), home=str(home), delay=delay)]
    for pid in starts(home):
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()


@pytest.fixture
def launcher(home: Path) -> Iterator[Callable[..., Launcher]]:
    """Makes launchers, and waits for their processes at the end, which nobody else does."""
    made: list[Launcher] = []

    def make(command: list[str], **options: object) -> Launcher:
        made.append(Launcher(command, home, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.close()
        if each._process is not None:
            each._process.kill()
            each._process.wait()


def until_settled(launcher: Launcher) -> str:
    return eventually(lambda: launcher.poll() if launcher.poll() != "starting" else "", "the launch came to an end")


def test_a_daemon_is_started_and_outlives_the_launcher(home: Path, command: Command, launcher: Callable) -> None:
    assert not running(home)
    it = launcher(command(0.1))
    assert it.poll() == "starting"
    assert until_settled(it) == "running"
    assert running(home)
    found = endpoint.read(home)
    assert found is not None
    assert starts(home) == [found.pid]
    if os.name != "nt":
        assert os.getsid(found.pid) != os.getsid(0)  # what ends the editor's terminal doesn't end it


def test_a_running_daemon_is_left_alone(home: Path, command: Command, launcher: Callable) -> None:
    until_settled(launcher(command(0)))
    assert launcher(command(0)).poll() == "running"
    assert len(starts(home)) == 1


def test_of_many_launchers_one_starts_the_daemon(home: Path, command: Command, launcher: Callable) -> None:
    racers = [launcher(command(0.3)) for _ in range(5)]
    assert [each.poll() for each in racers] == ["starting"] * 5
    assert [until_settled(each) for each in racers] == ["running"] * 5
    assert len(starts(home)) == 1


def test_a_daemon_that_appears_before_the_lock_is_held_is_not_started_again(
    home: Path, command: Command, launcher: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = Endpoint(f"tcp://127.0.0.1:{server.getsockname()[1]}", "a" * 40, 1, 1, "")
        acquire = FileLock.acquire

        def late(lock: FileLock) -> bool:
            endpoint.write(there, home)
            return acquire(lock)

        monkeypatch.setattr(FileLock, "acquire", late)
        assert launcher(command(0)).poll() == "running"
    assert starts(home) == []


def test_of_many_processes_one_starts_the_daemon(home: Path, command: Command) -> None:
    script = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from shared.machine.launch import Launcher
launcher = Launcher({command(0.2)!r}, Path({str(home)!r}))
while (state := launcher.poll()) == "starting": time.sleep(0.005)
print(state)
"""
    racers = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [each.communicate()[0] for each in racers] == ["running\n"] * 3
    assert len(starts(home)) == 1


def test_a_command_that_fails_at_once_is_tried_again_and_then_given_up(home: Path, launcher: Callable) -> None:
    now = [0.0]
    note = f"open({str(home / 'tries')!r}, 'a').write('x')"
    it = launcher([sys.executable, "-c", f"{note}; print('No module'); raise SystemExit(7)"], clock=lambda: now[0])

    def step() -> bool:
        now[0] += 0.01
        return it.poll() == "failed"

    eventually(step, "the launch failed")
    assert it.problem is not None
    assert it.problem.key == "machine.ended_at_once"
    assert it.problem.values == {"status": 7, "log": str(paths.start_log_file(home))}
    assert (home / "tries").read_text() == "xxx"
    assert paths.start_log_file(home).read_text().splitlines() == ["No module"] * 3
    assert it.poll() == "failed"
    assert FileLock(paths.start_lock_file(home)).acquire()  # others may try


def test_a_command_that_does_not_exist(home: Path, launcher: Callable) -> None:
    it = launcher(launch.daemon_command(paths.venv_python(home)))
    assert it.poll() == "failed"
    assert it.problem is not None
    assert it.problem.key == "machine.cannot_start"


def test_a_daemon_that_never_answers_is_given_up(home: Path, launcher: Callable) -> None:
    now = [0.0]
    it = launcher([sys.executable, "-c", "import time; time.sleep(600)"], patience=20.0, clock=lambda: now[0])
    assert it.poll() == "starting"
    now[0] = 19.9
    assert it.poll() == "starting"
    now[0] = 20.1
    assert it.poll() == "failed"
    assert it.problem is not None
    assert it.problem.key == "machine.no_answer"
    assert it.problem.values == {"log": str(paths.start_log_file(home))}


def test_another_daemon_being_there_already_is_waited_for(home: Path, command: Command, launcher: Callable) -> None:
    """The daemon says with exit code 3 that another one is there, which may not have published yet."""
    it = launcher([sys.executable, "-c", "raise SystemExit(3)"])
    it.poll()
    eventually(lambda: it._process is not None and it._process.poll() == 3, "the command ended")
    assert it.poll() == "starting"
    with subprocess.Popen(command(0)) as daemon:
        assert until_settled(it) == "running"
        daemon.kill()


def test_who_holds_the_lock_is_waited_for_and_replaced(home: Path, command: Command, launcher: Callable) -> None:
    other = FileLock(paths.start_lock_file(home))
    assert other.acquire()
    it = launcher(command(0))
    assert [it.poll() for _ in range(3)] == ["starting"] * 3
    assert starts(home) == []
    other.release()
    assert until_settled(it) == "running"


def test_a_file_left_behind_is_no_running_daemon(home: Path, command: Command, launcher: Callable) -> None:
    """Its process id may belong to anybody by now: this very process, here."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        left = Endpoint(f"tcp://127.0.0.1:{unused.getsockname()[1]}", "a" * 40, os.getpid(), 1, "")
        endpoint.write(left, home)
        assert not running(home)
        assert until_settled(launcher(command(0))) == "running"


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_file_that_is_not_trusted_fails_with_its_sentence(home: Path, command: Command, launcher: Callable) -> None:
    endpoint.write(Endpoint("tcp://127.0.0.1:1", "a" * 40, 1, 1, ""), home)
    paths.connection_file(home).chmod(0o666)
    it = launcher(command(0))
    assert it.poll() == "failed"
    assert it.problem is not None
    assert it.problem.key == "machine.connection_open"
    assert starts(home) == []


def test_the_start_log_is_private_and_does_not_grow_for_ever(home: Path, launcher: Callable) -> None:
    path = paths.start_log_file(home)
    hello = [sys.executable, "-c", "print('hello')"]
    first = launcher(hello)
    first.poll()
    eventually(lambda: path.read_text() == "hello\n", "the command was logged")
    first.close()
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"x" * (1 << 19))
    launcher(hello).poll()
    eventually(lambda: path.read_text() == "hello\n", "the log began anew")


def test_the_daemon_does_not_inherit_the_editors_python(
    home: Path, launcher: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    seen = home / "seen"
    script = f"import os; open({str(seen)!r}, 'w').write(str([n for n in os.environ if n.startswith('PYTHON')]))"
    it = launcher([sys.executable, "-c", script])
    it.poll()
    eventually(lambda: seen.exists() and seen.read_text(), "the command ran")
    assert seen.read_text() == "[]"


def test_the_daemon_is_told_the_home(home: Path, launcher: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the editor is started, the variable may be missing, or another."""
    monkeypatch.setenv("BELLADONNA_HOME", "/nowhere")
    seen = home / "seen"
    script = f"import os; open({str(seen)!r}, 'w').write(os.environ['BELLADONNA_HOME'])"
    launcher([sys.executable, "-c", script]).poll()
    assert eventually(lambda: seen.exists() and seen.read_text(), "the command ran") == str(home)


def test_a_daemon_whose_process_id_cannot_be_seen_is_running(home: Path) -> None:
    """As from inside Flatpak."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint.write(Endpoint(f"tcp://127.0.0.1:{server.getsockname()[1]}", "a" * 40, 2**31, 1, ""), home)
        assert running(home)
    assert not running(home)
