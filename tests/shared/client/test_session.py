"""The session: a daemon is found, started when it is wanted, and taken up again. Real processes, a scripted daemon.

The installation is a script that notes each start and says, as the daemon does, that another one is there already; the
test plays that one.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from curve_router import eventually
from fake_daemon import INVERTED, NOBODY, Clock, FakeDaemon

from shared.client.client import RESTARTS
from shared.client.connection import MISMATCH, SILENT
from shared.client.events import Connected, Event, Failed, Finished, Lost, Unavailable
from shared.client.session import NOT_INSTALLED, NOT_RUNNING, OUT_OF_REACH, TRIES, Session
from shared.machine import endpoint, paths
from shared.machine.location import Location
from shared.protocol import messages
from shared.protocol.messages import PROTOCOL, Code, Progress, Resolved, State, Submit, Words, new_id

ROOT = Path(__file__).resolve().parents[3]
THERE_ALREADY = "exit 3"  # what the daemon says where another one holds its lock


class Scene:
    """A session, the daemon that is played (or not), and a private Python that notes what it is started for."""

    def __init__(self, home: Path, clock: Clock, *, sandboxed: bool = False) -> None:
        self.home, self.clock = home, clock
        self.python = home / "python"
        self.session = Session("test", Location(home, self.python, "0", sandboxed), clock)
        self.daemon: FakeDaemon | None = None
        self.events: list[Event | Unavailable] = []

    def install(self, then: str = THERE_ALREADY) -> None:
        """Put the private Python there: it notes its arguments and its home, and does what it is told."""
        self.python.write_text(f'#!/bin/sh\necho "$* in $BELLADONNA_HOME" >> "{self.home}/starts"\n{then}\n')
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    def starts(self) -> list[str]:
        """What the private Python was started for."""
        path = self.home / "starts"
        return path.read_text().splitlines() if path.exists() else []

    def play(self) -> FakeDaemon:
        """Play a daemon from now on; the one before is gone, as if killed."""
        self.kill()
        self.daemon = FakeDaemon(self.home)
        return self.daemon

    def kill(self) -> None:
        if self.daemon is not None:
            self.daemon.close()
            self.daemon = None

    def round(self, seconds: float = 0.02) -> None:
        self.clock.now += seconds
        if self.daemon is not None:
            self.daemon.turn()
        self.events += self.session.poll()

    def until(self, done: Callable[[], Any], what: str, seconds: float = 0.02) -> Any:
        def look() -> Any:
            self.round(seconds)
            return done()

        return eventually(look, what)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def settle(self, seconds: float = 0.1) -> None:
        """Go on for a while, so that what should not happen has time to happen."""
        for _ in range(100):
            self.round(seconds)

    def connect(self) -> None:
        self.until(lambda: self.session.state == "ready", "the session was ready")

    def submit(self, block: bytes = bytes(64 * 64 * 4)) -> str:
        def source(offset: int, length: int) -> bytes:
            return block[offset : offset + length]

        return self.session.submit(Submit(new_id(), 64, 64), source)

    def submit_and_run(self, block: bytes = bytes(64 * 64 * 4)) -> str:
        """A job that has begun, and won't end with this daemon."""
        assert self.daemon is not None
        daemon = self.daemon
        daemon.on_complete = lambda id: daemon.say(Progress(id, "shading"))
        seen = len(self.of(Progress))
        id = self.submit(block)
        self.until(lambda: len(self.of(Progress)) > seen, "it ran")
        return id


@pytest.fixture
def scene(home: Path, clock: Clock) -> Iterator[Scene]:
    """Nothing is installed and nothing runs."""
    scene = Scene(home, clock)
    yield scene
    scene.session.close()
    scene.kill()


@pytest.fixture
def installed(scene: Scene) -> Scene:
    """As ``scene``, with the private Python in place."""
    if os.name == "nt":
        pytest.skip("needs a shell script in place of Python")
    scene.install()
    return scene


@pytest.fixture
def sandboxed(home: Path, clock: Clock) -> Iterator[Scene]:
    """As ``installed``, but the editor is in a sandbox, from which nothing may be started."""
    scene = Scene(home, clock, sandboxed=True)
    if os.name != "nt":
        scene.install()
    yield scene
    assert scene.starts() == []
    scene.session.close()
    scene.kill()


# ── finding ──


def test_what_is_not_installed_cannot_be_started(scene: Scene) -> None:
    scene.settle()
    assert scene.session.state == "missing"
    assert scene.session.problem == NOT_INSTALLED
    assert scene.of(Unavailable) == []
    question = scene.session.resolve("dog")
    scene.session.start()
    assert scene.session.state == "starting"
    scene.round()
    scene.round()
    assert scene.session.state == "missing"
    assert scene.of(Unavailable) == [Unavailable(NOT_INSTALLED.message, NOT_INSTALLED.hint)]
    assert scene.of(Failed) == [Failed(question, Code.CONNECTION_LOST, NOT_INSTALLED.message, NOT_INSTALLED.hint)]
    assert list(scene.home.iterdir()) == []


def test_nothing_is_started_before_somebody_asks(installed: Scene) -> None:
    installed.settle()
    assert installed.session.state == "stopped"
    assert installed.session.problem == NOT_RUNNING
    assert installed.starts() == []


def test_a_file_left_behind_means_stopped(installed: Scene) -> None:
    endpoint.write(NOBODY, installed.home)
    installed.until(lambda: installed.session.state == "stopped", "it was found out")
    assert installed.session.problem == NOT_RUNNING


def test_a_daemon_that_runs_is_used_even_if_nothing_is_installed(scene: Scene) -> None:
    scene.play()
    scene.connect()
    assert scene.session.welcome is not None
    assert scene.session.problem is None
    scene.session.start()
    scene.settle(0.02)
    assert [type(event) for event in scene.events] == [Connected]
    scene.kill()
    scene.until(lambda: scene.session.state == "missing", "its end was noticed")


def test_a_start_finds_a_daemon_that_runs(scene: Scene) -> None:
    scene.play()
    scene.session.start()
    scene.connect()
    assert [type(event) for event in scene.events] == [Connected]


def test_questions_and_jobs_are_the_clients(scene: Scene) -> None:
    scene.play()
    scene.connect()
    questions = [scene.session.resolve("dog"), scene.session.vocabulary(), scene.session.status()]
    scene.until(lambda: scene.of(State), "the answers came")
    assert [event.id for event in scene.events if isinstance(event, Resolved | Words | State)] == questions
    cancelled = scene.submit_and_run()
    scene.session.cancel(cancelled)
    scene.until(lambda: scene.of(Failed), "it was cancelled")
    assert scene.of(Failed)[0].code is Code.CANCELLED


# ── starting ──


def test_a_daemon_is_started(installed: Scene) -> None:
    installed.settle()
    question = installed.session.resolve("dog")
    installed.session.start()
    assert installed.session.state == "starting"
    assert installed.session.problem is None
    installed.until(installed.starts, "it was started")
    installed.session.start()  # asked again meanwhile
    installed.play()
    installed.connect()
    assert [event.id for event in installed.of(Resolved)] in ([], [question])
    installed.until(lambda: installed.of(Resolved), "what was asked meanwhile is answered")
    assert installed.starts() == [f"-I -m daemon serve in {installed.home}"]
    assert installed.of(Unavailable) == []


def test_the_first_try_after_a_start_is_not_put_off(installed: Scene) -> None:
    installed.settle(1.0)
    installed.session.start()
    installed.until(installed.starts, "it was started")
    daemon = installed.play()
    before = installed.clock.now
    installed.until(lambda: daemon.kinds() == [messages.Hello], "it was greeted", seconds=0.0)
    assert installed.clock.now == before


def test_a_daemon_that_cannot_be_started_fails_what_waits_for_it(installed: Scene) -> None:
    installed.install("exit 7")
    question = installed.session.vocabulary()
    installed.session.start()
    installed.until(lambda: installed.of(Failed), "it was given up")
    (end,) = installed.of(Unavailable)
    assert "exit code 7" in end.message
    assert str(paths.start_log_file(installed.home)) in end.hint
    assert installed.of(Failed) == [Failed(question, Code.CONNECTION_LOST, end.message, end.hint)]
    assert installed.session.state == "lost"
    assert installed.session.problem == Lost(end.message, end.hint)
    installed.settle()
    assert len(installed.events) == 3  # with the client's word that none runs
    # What was mended can be started.
    installed.install()
    count = len(installed.starts())
    installed.session.start()
    installed.until(lambda: len(installed.starts()) > count, "it was started again")
    installed.play()
    installed.connect()
    assert installed.session.problem is None


def test_a_file_that_is_not_trusted_is_explained(installed: Scene) -> None:
    endpoint.write(NOBODY, installed.home)
    paths.connection_file(installed.home).chmod(0o666)
    installed.round()
    assert installed.session.state == "lost"
    installed.session.start()
    installed.until(lambda: installed.of(Unavailable), "it was given up")
    assert installed.session.problem is not None
    assert "other users" in installed.session.problem.message
    assert installed.starts() == []


def test_a_daemon_of_another_version_is_not_replaced(installed: Scene) -> None:
    daemon = installed.play()
    daemon.on[messages.Hello] = lambda m: daemon.say(messages.Welcome(m.id, PROTOCOL + 1, "9", daemon.limits))
    installed.until(lambda: installed.session.problem == MISMATCH, "it was found out")
    installed.session.start()
    installed.until(lambda: installed.of(Unavailable), "it was given up")
    assert installed.of(Unavailable) == [Unavailable(MISMATCH.message, MISMATCH.hint)]
    assert installed.session.state == "lost"
    assert installed.session.problem == MISMATCH
    assert installed.starts() == []


def test_a_daemon_that_hangs_is_explained(installed: Scene) -> None:
    with closing(FakeDaemon(installed.home)):  # which is never given a turn
        installed.session.start()
        installed.until(lambda: installed.of(Unavailable), "it was given up", seconds=0.1)
        assert installed.of(Unavailable) == [Unavailable(SILENT.message, SILENT.hint)]
        assert installed.session.problem == SILENT
        assert installed.starts() == []


def test_whoever_hangs_up_on_every_try_is_given_up(installed: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        target = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        endpoint.write(endpoint.Endpoint(target, "a" * 40, 1, PROTOCOL, ""), installed.home)
        links = 0

        def hang_up() -> list[Unavailable]:
            nonlocal links
            try:
                visitor, _ = server.accept()
            except BlockingIOError:
                return installed.of(Unavailable)
            with visitor:
                visitor.setblocking(True)
                links += visitor.recv(1) != b""  # a look whether anybody listens says nothing
            return installed.of(Unavailable)

        installed.session.start()
        installed.until(hang_up, "it was given up")
    assert links == TRIES
    assert installed.session.state == "lost"


# ── taking up again ──


def test_a_daemon_that_dies_costs_time_and_not_the_job(installed: Scene) -> None:
    block = os.urandom(64 * 64 * 4)
    installed.play()
    installed.connect()
    id = installed.submit_and_run(block)
    installed.kill()
    installed.until(installed.starts, "a new one was started")
    assert installed.session.state == "starting"
    installed.play()
    installed.until(lambda: installed.of(Finished), "the job ended")
    (end,) = installed.of(Finished)
    assert end.id == id
    assert end.pixels == block.translate(INVERTED)
    assert len(installed.starts()) == 1
    assert installed.of(Failed) == installed.of(Unavailable) == []


def test_a_daemon_that_dies_with_nothing_to_do_stays_dead(installed: Scene) -> None:
    installed.play()
    installed.connect()
    installed.submit()
    installed.until(lambda: installed.of(Finished), "the job ended")
    cancelled = installed.submit_and_run()
    installed.session.cancel(cancelled)
    installed.kill()
    installed.settle()
    assert installed.session.state == "stopped"
    assert installed.starts() == []


def test_a_daemon_that_dies_and_cannot_be_started_again_ends_the_job(installed: Scene) -> None:
    installed.play()
    installed.connect()
    id = installed.submit_and_run()
    installed.install("exit 7")
    installed.kill()
    installed.until(lambda: installed.of(Failed), "the job ended")
    (why,) = installed.of(Unavailable)
    assert "exit code 7" in why.message
    assert installed.of(Failed) == [Failed(id, Code.CONNECTION_LOST, why.message, why.hint)]
    assert installed.session.state == "lost"


def test_a_job_that_every_daemon_dies_of_is_given_up(installed: Scene) -> None:
    installed.play()
    installed.connect()
    id = installed.submit_and_run()
    for number in range(1, RESTARTS + 1):
        installed.kill()
        installed.until(lambda number=number: len(installed.starts()) == number, "a new one was started")
        daemon = installed.play()
        daemon.on_complete = lambda id, daemon=daemon: daemon.say(Progress(id, "shading"))
        seen = len(installed.of(Progress))
        installed.until(lambda seen=seen: len(installed.of(Progress)) > seen, "it ran again")
    installed.kill()
    installed.until(lambda: len(installed.starts()) == RESTARTS + 1, "a last one was started")
    installed.play()
    installed.until(lambda: installed.of(Failed), "the job ended")
    (end,) = installed.of(Failed)
    assert (end.id, end.code) == (id, Code.CONNECTION_LOST)
    assert "keeps breaking" in end.message
    assert installed.session.state == "ready"


def test_another_version_in_mid_job_fails_it_and_is_left_alone(installed: Scene) -> None:
    installed.play()
    installed.connect()
    id = installed.submit_and_run()
    daemon = installed.play()
    daemon.on[messages.Hello] = lambda m: daemon.say(messages.Error(m.id, Code.VERSION_MISMATCH, "Too old."))
    installed.until(lambda: installed.of(Failed), "the job ended")
    (end,) = installed.of(Failed)
    assert (end.id, end.code, end.message) == (id, Code.VERSION_MISMATCH, MISMATCH.message)
    installed.settle()
    assert installed.starts() == []


def test_a_daemon_that_was_only_slow_goes_on_with_the_job(installed: Scene) -> None:
    daemon = installed.play()
    installed.connect()
    installed.submit_and_run()
    installed.daemon = None
    installed.until(lambda: installed.of(Lost), "the silence was noticed", seconds=0.5)
    daemon.on_complete = daemon.shade
    installed.daemon = daemon
    installed.until(lambda: installed.of(Finished), "the job ended")
    assert installed.starts() == []


# ── in a sandbox ──


def test_a_sandbox_says_at_once_what_to_do_and_connects_when_a_daemon_appears(sandboxed: Scene) -> None:
    sandboxed.settle()
    assert (sandboxed.session.state, sandboxed.session.problem) == ("stopped", OUT_OF_REACH)
    sandboxed.session.start()
    before = sandboxed.clock.now
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up", seconds=0.0)
    assert sandboxed.clock.now == before
    assert sandboxed.of(Unavailable) == [Unavailable(OUT_OF_REACH.message, OUT_OF_REACH.hint)]
    assert (sandboxed.session.state, sandboxed.session.problem) == ("lost", OUT_OF_REACH)
    sandboxed.play()
    sandboxed.connect()
    assert sandboxed.session.problem is None
    sandboxed.submit()
    sandboxed.until(lambda: sandboxed.of(Finished), "the job ended")


def test_a_sandbox_may_not_show_the_private_python(sandboxed: Scene) -> None:
    sandboxed.python.unlink(missing_ok=True)
    sandboxed.session.start()
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up")
    assert sandboxed.session.problem == OUT_OF_REACH
    sandboxed.play()
    sandboxed.connect()


def test_a_start_in_a_sandbox_finds_a_daemon_that_runs(sandboxed: Scene) -> None:
    sandboxed.play()
    sandboxed.session.start()
    sandboxed.connect()
    assert [type(event) for event in sandboxed.events] == [Connected]


def test_a_job_in_a_sandbox_waits_for_the_daemon_to_come_back(sandboxed: Scene) -> None:
    block = os.urandom(64 * 64 * 4)
    sandboxed.play()
    sandboxed.connect()
    sandboxed.submit_and_run(block)
    sandboxed.kill()
    sandboxed.until(lambda: sandboxed.session.state == "starting", "its end was noticed")
    for _ in range(20):
        sandboxed.round(0.1)
    sandboxed.play()
    sandboxed.until(lambda: sandboxed.of(Finished), "the job ended")
    assert sandboxed.of(Finished)[0].pixels == block.translate(INVERTED)
    assert sandboxed.of(Failed) == sandboxed.of(Unavailable) == []


def test_a_job_in_a_sandbox_ends_if_the_daemon_doesnt_come_back(sandboxed: Scene) -> None:
    sandboxed.play()
    sandboxed.connect()
    id = sandboxed.submit_and_run()
    sandboxed.kill()
    sandboxed.until(lambda: sandboxed.of(Failed), "the job ended", seconds=0.1)
    assert sandboxed.of(Failed) == [Failed(id, Code.CONNECTION_LOST, OUT_OF_REACH.message, OUT_OF_REACH.hint)]


def test_a_file_that_is_not_trusted_is_explained_in_a_sandbox_too(sandboxed: Scene) -> None:
    endpoint.write(NOBODY, sandboxed.home)
    paths.connection_file(sandboxed.home).chmod(0o666)
    sandboxed.session.start()
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up")
    assert sandboxed.session.problem is not None
    assert "other users" in sandboxed.session.problem.message


def test_in_a_sandbox_without_pyzmq_nothing_else_is_tried(sandboxed: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ImportError(f"no {name} for this Python")

    monkeypatch.setattr("shared.client.link.importlib", SimpleNamespace(import_module=refuse))
    sandboxed.play()
    sandboxed.session.start()
    sandboxed.until(lambda: sandboxed.of(Unavailable), "it was given up")
    assert sandboxed.session.problem is not None
    assert "no zmq for this Python" in sandboxed.session.problem.message
    assert "doctor" in sandboxed.session.problem.hint


# ── other ──


def test_where_pyzmq_cannot_be_loaded_the_private_python_helps(
    installed: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.install(f'PYTHONPATH="{ROOT}" exec "{sys.executable}" "$2" "$3"')
    installed.play()

    def refuse(name: str) -> None:
        raise ImportError(f"no {name} for this Python")

    # Not by way of sys.modules: the daemon that is played needs its own.
    monkeypatch.setattr("shared.client.link.importlib", SimpleNamespace(import_module=refuse))
    installed.connect()
    assert installed.starts() == [f"-I -m shared.client.bridge in {installed.home}"]
    block = os.urandom(64 * 64 * 4)
    installed.submit(block)
    installed.until(lambda: installed.of(Finished), "the job ended")
    assert installed.of(Finished)[0].pixels == block.translate(INVERTED)


def test_leaving_lets_a_starting_daemon_start(installed: Scene) -> None:
    installed.install('sleep 0.2; echo started >> "$BELLADONNA_HOME/starts"')
    installed.session.start()
    installed.until(installed.starts, "it was started")
    installed.session.close()
    eventually(lambda: installed.starts()[-1] == "started", "it went on")
    installed.settle()
    assert installed.of(Unavailable) == []


def test_a_copy_inside_another_package_works(tmp_path: Path) -> None:
    """As in Krita, whose plug-ins share one Python."""
    nested = tmp_path / "plugin"
    nested.mkdir()
    (nested / "__init__.py").touch()
    shutil.copytree(ROOT / "shared", nested / "common")
    imports = "from plugin.common import wording; from plugin.common.client import session"
    script = f"import sys; {imports}; sys.exit('shared' in sys.modules)"
    subprocess.run([sys.executable, "-S", "-c", script], cwd=tmp_path, check=True)
