"""The worker process seen from the daemon, without a service around it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from live_daemon import HERE, eventually

from daemon import exits
from daemon.service.router import Router
from daemon.service.supervisor import Supervisor, WorkerState
from daemon.worker.link import WorkerLink
from daemon.worker.start import StartLine
from shared.protocol.messages import Code, Message, Ready, Shutdown
from shared.protocol.wire import MAGIC


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
    assert supervisor.state is WorkerState.STARTING
    assert next_message(supervisor) == Ready("worker-1", "fake device")
    for link in late:
        link.send(Ready("late", "another device"))
    supervisor.ready("fake device")
    supervisor.retire()
    eventually(lambda: supervisor.tick() or supervisor.state is WorkerState.STOPPED, "the worker left")
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


def test_an_unreadable_message_about_a_job_ends_it(supervisor, monkeypatch):
    supervisor.start()
    next_message(supervisor)
    header = b'{"type":"error","id":"a","code":"internal","message":%s}' % json.dumps("x" * 5000).encode()
    for frames, answer in (([MAGIC, header], "a"), ([MAGIC, b"{}"], None)):
        monkeypatch.setattr(supervisor._router, "receive", iter([(supervisor._name, frames), None]).__next__)
        received = supervisor.receive()
        if answer is None:
            assert received is None
        else:
            assert (received[0].id, received[0].key) == (answer, "service.worker_nonsense")


def test_start_twice_is_start_once(supervisor):
    supervisor.start()
    supervisor.start()
    assert next_message(supervisor) == Ready("worker-1", "fake device")


def test_process_that_cannot_be_started_is_explained(supervisor, monkeypatch):
    monkeypatch.setattr("sys.executable", "/no/such/python")
    failed = supervisor.start()
    assert failed is not None
    assert (failed.key, failed.code) == ("service.worker_not_started", Code.WORKER_DIED)
    assert supervisor.state is WorkerState.STOPPED
    monkeypatch.undo()
    assert supervisor.start() is None
    assert supervisor.state is WorkerState.STOPPED  # a pause is due first


def test_start_line_survives_its_way(tmp_path):
    for home in (None, tmp_path):
        line = StartLine("tcp://127.0.0.1:1", "k" * 40, "worker-1", "some.engine", home)
        assert StartLine.decode(line.encode()) == line
    assert line.encode().count(b"\n") == 1
    for wrong in (b"", b"{}", b"[]", b"1", b"null", b"\xff", b'{"home": 3}', b'{"home": null, "x": 1}'):
        with pytest.raises(ValueError, match=r"."):
            StartLine.decode(wrong)


@pytest.mark.parametrize(
    ("code", "starting", "killed", "key", "how"),
    [
        (-signal.SIGKILL, False, False, "killed", "signal SIGKILL"),
        (-signal.SIGKILL, True, False, "killed", "signal SIGKILL"),
        (-signal.SIGKILL, True, True, "start_timeout", "signal SIGKILL"),
        (-signal.SIGKILL, False, True, "timeout", "signal SIGKILL"),
        (-signal.SIGSEGV, False, False, "crashed", "signal SIGSEGV"),
        (-200, False, False, "crashed", "signal 200"),
        (1, False, False, "crashed", "exit code 1"),
        (1, True, False, "start_failed", "exit code 1"),
        (0, False, False, "crashed", "exit code 0"),
    ],
)
def test_every_end_is_explained(code, starting, killed, key, how):
    ended = exits.explain(code, starting, killed, Path("worker.log"))
    assert (ended.key, ended.code) == (f"service.worker_{key}", Code.WORKER_DIED)
    assert ended.values == {"log": "worker.log", "how": how}
    assert ended.hint


def test_worker_link_is_told_to_leave(router):
    link = WorkerLink(StartLine(router.endpoint, router.key, "worker-1"))
    link.send(Ready("worker-1", ""))
    eventually(router.receive, "the worker connected")
    assert link.receive(wait=False) is None
    assert router.send(b"worker-1", Shutdown("daemon"))
    assert link.receive(wait=True) == (Shutdown("daemon"), None)
    link.close()
    eventually(lambda: not router.send(b"worker-1", Shutdown("daemon")), "the router noticed")
