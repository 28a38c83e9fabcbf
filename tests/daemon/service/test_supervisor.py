"""The worker process seen from the daemon, without a service around it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from live_daemon import HERE, eventually

from daemon import exits
from daemon.service.router import Router
from daemon.service.supervisor import State, Supervisor
from daemon.worker.link import WorkerLink
from daemon.worker.start import StartLine
from shared.protocol.messages import Message, Ready, Shutdown


@pytest.fixture
def router() -> Iterator[Router]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    router = Router(context, 0)
    yield router
    router.close()
    context.term()


@pytest.fixture
def supervisor(router: Router, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    supervisor = Supervisor(router, tmp_path, engine="fake_engine")
    yield supervisor
    supervisor.close()


def next_message(supervisor: Supervisor) -> Message:
    return eventually(supervisor.receive, "the worker said something")[0]


def test_messages_of_other_generations_are_ignored(supervisor, router):
    late = [WorkerLink(StartLine(router.endpoint, router.key, name)) for name in ("worker-0", "worker-7")]
    for link in late:
        link.send(Ready("late", "another device"))
    assert supervisor.start() is None
    assert supervisor.state is State.STARTING
    assert next_message(supervisor) == Ready("worker-1", "fake device")
    for link in late:
        link.send(Ready("late", "another device"))
    supervisor.ready("fake device")
    supervisor.retire()
    eventually(lambda: supervisor.tick() or supervisor.state is State.STOPPED, "the worker left")
    supervisor.start()
    assert next_message(supervisor) == Ready("worker-2", "fake device")
    for link in late:
        link.close()


def test_what_a_stopped_worker_still_had_to_say_is_ignored(supervisor, router):
    link = WorkerLink(StartLine(router.endpoint, router.key, "worker-0"))
    link.send(Ready("worker-0", "a device"))
    assert router.socket.poll(5000)
    assert supervisor.receive() is None
    link.close()


def test_start_twice_is_start_once(supervisor):
    supervisor.start()
    supervisor.start()
    assert next_message(supervisor) == Ready("worker-1", "fake device")


def test_process_that_cannot_be_started_is_explained(supervisor, monkeypatch):
    monkeypatch.setattr("sys.executable", "/no/such/python")
    failed = supervisor.start()
    assert isinstance(failed, exits.Exit)
    assert "could not be started" in failed.message
    assert supervisor.state is State.STOPPED
    monkeypatch.undo()
    assert supervisor.start() is None
    assert supervisor.state is State.STOPPED  # a pause is due first


def test_start_line_survives_its_way(tmp_path):
    for home in (None, tmp_path):
        line = StartLine("tcp://127.0.0.1:1", "k" * 40, "worker-1", "some.engine", home)
        assert StartLine.decode(line.encode()) == line
    assert line.encode().count(b"\n") == 1
    for wrong in (b"", b"{}", b"[]", b"1", b"null", b"\xff", b'{"home": 3}', b'{"home": null, "x": 1}'):
        with pytest.raises(ValueError, match=r"."):
            StartLine.decode(wrong)


@pytest.mark.parametrize(
    ("code", "starting", "killed", "word"),
    [
        (-signal.SIGKILL, False, False, "memory"),
        (-signal.SIGKILL, True, False, "memory"),
        (-signal.SIGKILL, True, True, "did not start in time"),
        (-signal.SIGKILL, False, True, "did not answer in time"),
        (-signal.SIGSEGV, False, False, "SIGSEGV"),
        (-200, False, False, "signal 200"),
        (1, False, False, "exit code 1"),
        (1, True, False, "worker.log"),
        (0, False, False, "exit code 0"),
    ],
)
def test_every_end_has_a_sentence_and_a_hint(code, starting, killed, word):
    ended = exits.explain(code, starting, killed, Path("worker.log"))
    assert word in ended.message
    assert ended.message.endswith(".")
    assert ended.hint.endswith(".")


def test_worker_link_is_told_to_leave(router):
    link = WorkerLink(StartLine(router.endpoint, router.key, "worker-1"))
    link.send(Ready("worker-1", ""))
    eventually(router.receive, "the worker connected")
    assert link.receive(wait=False) is None
    assert router.send(b"worker-1", Shutdown("daemon"))
    assert link.receive(wait=True) == (Shutdown("daemon"), None)
    link.close()
    eventually(lambda: not router.send(b"worker-1", Shutdown("daemon")), "the router noticed")
