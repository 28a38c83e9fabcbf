"""A daemon is found, and started when it is wanted."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from curve_router import eventually
from fake_daemon import INVERTED, NOBODY, FakeDaemon
from start_scene import Scene

from shared.client.availability import TRIES
from shared.client.connection import MISMATCH, SILENT
from shared.client.events import Connected, Failed, Finished, Unavailable
from shared.machine import endpoint, paths
from shared.protocol import messages
from shared.protocol.messages import PROTOCOL, Code, DaemonStatus, Resolved, Words

ROOT = Path(__file__).resolve().parents[3]


def test_what_is_not_installed_cannot_be_started(scene: Scene) -> None:
    scene.settle()
    assert scene.client.state == "missing"
    assert scene.key == "client.not_installed"
    assert scene.of(Unavailable) == []
    question = scene.client.resolve("dog")
    scene.client.start()
    assert scene.client.state == "starting"
    scene.round()
    scene.round()
    assert scene.client.state == "missing"
    (end,) = scene.of(Unavailable)
    assert end.problem.key == "client.not_installed"
    assert scene.of(Failed) == [Failed(question, end.problem)]
    assert list(scene.home.iterdir()) == []


def test_nothing_is_started_before_somebody_asks(installed: Scene) -> None:
    installed.settle()
    assert installed.client.state == "stopped"
    assert installed.key == "client.not_running"
    assert installed.starts() == []


def test_a_file_left_behind_means_stopped(installed: Scene) -> None:
    endpoint.write(NOBODY, installed.home)
    installed.until(lambda: installed.client.state == "stopped", "it was found out")
    assert installed.key == "client.not_running"


def test_a_daemon_that_runs_is_used_even_if_nothing_is_installed(scene: Scene) -> None:
    scene.play()
    scene.connect()
    assert scene.client.welcome is not None
    assert scene.client.problem is None
    scene.client.start()
    scene.settle(0.02)
    assert [type(event) for event in scene.events] == [Connected]
    scene.kill()
    scene.until(lambda: scene.client.state == "missing", "its end was noticed")


def test_a_start_finds_a_daemon_that_runs(scene: Scene) -> None:
    scene.play()
    scene.client.start()
    scene.connect()
    assert [type(event) for event in scene.events] == [Connected]


def test_questions_and_jobs_are_the_clients(scene: Scene) -> None:
    scene.play()
    scene.connect()
    questions = [scene.client.resolve("dog"), scene.client.vocabulary(), scene.client.status()]
    scene.until(lambda: scene.of(DaemonStatus), "the answers came")
    assert [event.id for event in scene.events if isinstance(event, Resolved | Words | DaemonStatus)] == questions
    cancelled = scene.submit_and_run()
    scene.client.cancel(cancelled)
    scene.until(lambda: scene.of(Failed), "it was cancelled")
    assert scene.of(Failed)[0].problem.code is Code.CANCELLED


# ── starting ──


def test_a_daemon_is_started(installed: Scene) -> None:
    installed.settle()
    question = installed.client.resolve("dog")
    installed.client.start()
    assert installed.client.state == "starting"
    assert installed.client.problem is None
    installed.until(installed.starts, "it was started")
    installed.client.start()  # asked again meanwhile
    installed.play()
    installed.connect()
    assert [event.id for event in installed.of(Resolved)] in ([], [question])
    installed.until(lambda: installed.of(Resolved), "what was asked meanwhile is answered")
    assert installed.starts() == [f"-I -m daemon serve in {installed.home}"]
    assert installed.of(Unavailable) == []


def test_the_first_try_after_a_start_is_not_put_off(installed: Scene) -> None:
    installed.settle(1.0)
    installed.client.start()
    installed.until(installed.starts, "it was started")
    daemon = installed.play()
    before = installed.clock.now
    installed.until(lambda: daemon.kinds() == [messages.Hello], "it was greeted", seconds=0.0)
    assert installed.clock.now == before


def test_a_daemon_that_cannot_be_started_fails_what_waits_for_it(installed: Scene) -> None:
    installed.install("exit 7")
    question = installed.client.vocabulary()
    installed.client.start()
    installed.until(lambda: installed.of(Failed), "it was given up")
    (end,) = installed.of(Unavailable)
    assert end.problem.key == "machine.ended_at_once"
    assert end.problem.values == {"status": 7, "log": str(paths.start_log_file(installed.home))}
    assert end.problem.code is Code.CONNECTION_LOST
    assert installed.of(Failed) == [Failed(question, end.problem)]
    assert installed.client.state == "lost"
    assert installed.client.problem == end.problem
    installed.settle()
    assert len(installed.events) == 3  # with the client's word that none runs
    # What was mended can be started.
    installed.install()
    count = len(installed.starts())
    installed.client.start()
    installed.until(lambda: len(installed.starts()) > count, "it was started again")
    installed.play()
    installed.connect()
    assert installed.client.problem is None


def test_a_file_that_is_not_trusted_is_explained(installed: Scene) -> None:
    endpoint.write(NOBODY, installed.home)
    paths.connection_file(installed.home).chmod(0o666)
    installed.round()
    assert installed.client.state == "lost"
    installed.client.start()
    installed.until(lambda: installed.of(Unavailable), "it was given up")
    assert installed.key == "machine.connection_open"
    assert installed.starts() == []


def test_a_daemon_of_another_version_is_not_replaced(installed: Scene) -> None:
    daemon = installed.play()
    daemon.on[messages.Hello] = lambda m: daemon.say(messages.Welcome(m.id, PROTOCOL + 1, "9", daemon.limits))
    installed.until(lambda: installed.key == MISMATCH, "it was found out")
    installed.client.start()
    installed.until(lambda: installed.of(Unavailable), "it was given up")
    assert [end.problem.key for end in installed.of(Unavailable)] == [MISMATCH]
    assert installed.client.state == "lost"
    assert installed.key == MISMATCH
    assert installed.starts() == []


def test_a_daemon_that_hangs_is_explained(installed: Scene) -> None:
    with closing(FakeDaemon(installed.home)):  # which is never given a turn
        installed.client.start()
        installed.until(lambda: installed.of(Unavailable), "it was given up", seconds=0.1)
        assert [end.problem.key for end in installed.of(Unavailable)] == [SILENT]
        assert installed.key == SILENT
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

        installed.client.start()
        installed.until(hang_up, "it was given up")
    assert links == TRIES
    assert installed.client.state == "lost"


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
    installed.client.start()
    installed.until(installed.starts, "it was started")
    installed.client.close()
    eventually(lambda: installed.starts()[-1] == "started", "it went on")
    installed.settle()
    assert installed.of(Unavailable) == []


def test_a_copy_inside_another_package_works(tmp_path: Path) -> None:
    """As in Krita, whose plug-ins share one Python."""
    nested = tmp_path / "plugin"
    nested.mkdir()
    (nested / "__init__.py").touch()
    shutil.copytree(ROOT / "shared", nested / "common")
    imports = "from plugin.common import wording; from plugin.common.client import client"
    script = f"import sys; {imports}; sys.exit('shared' in sys.modules)"
    subprocess.run([sys.executable, "-S", "-c", script], cwd=tmp_path, check=True)
