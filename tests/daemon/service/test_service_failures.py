"""What clients hear when a worker fails, and that the daemon and the next picture don't suffer from it."""

from __future__ import annotations

import os
import signal

import pytest
from live_daemon import LIVENESS, eventually

from shared.protocol.messages import Code, Done, Error, Progress, Queued


@pytest.mark.parametrize(
    ("then", "code", "key"),
    [
        ("kill", Code.WORKER_DIED, "service.worker_killed"),
        ("exit", Code.WORKER_DIED, "service.worker_crashed"),
        ("shading_error", Code.MODEL_MISSING, ""),
        ("memory", Code.OUT_OF_MEMORY, "service.not_enough_memory"),
        ("surprise", Code.INTERNAL, "service.worker_mistake"),
        ("wrong_shape", Code.INTERNAL, "service.worker_mistake"),
        ("bad_report", Code.INTERNAL, "service.worker_mistake"),
        ("long_error", Code.UNSUPPORTED, ""),
    ],
)
def test_failure_is_a_sentence_and_the_next_job_is_done(start_daemon, connect, then, code, key):
    client = connect(start_daemon())
    submit = client.shade(f"then={then}")
    following = client.shade()
    error = client.wait_for(Error, submit.id)
    assert (error.code, error.key) == (code, key)
    assert error.message
    assert error.hint
    client.wait_for(Done, following.id)
    assert client.state().memory == following.pixel_bytes


def test_worker_killed_from_outside_costs_one_job(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    submit, following = client.shade("steps=1000 pause=0.02"), client.shade()
    while client.wait_for(Progress, submit.id).stage != "shading":
        pass
    (worker,) = daemon.workers()
    os.kill(worker.pid, signal.SIGKILL)
    assert client.wait_for(Error, submit.id).code is Code.WORKER_DIED
    assert client.wait_for(Done, following.id).report["pid"] != worker.pid


def test_worker_that_dies_while_idle_costs_nothing(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    first = client.wait_for(Done, client.shade().id).report["pid"]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: client.state().worker == "stopped", "the daemon saw it")
    assert client.wait_for(Done, client.shade().id).report["pid"] != first


def test_worker_that_had_a_surprise_is_replaced(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    first = client.wait_for(Done, client.shade().id).report["pid"]
    client.wait_for(Error, client.shade("then=surprise").id)
    assert client.wait_for(Done, client.shade().id).report["pid"] != first


def test_engine_that_cannot_be_loaded_is_explained_with_the_log(start_daemon, connect):
    daemon = start_daemon(engine="no_such_engine")
    client = connect(daemon)
    error = client.wait_for(Error, client.shade().id)
    assert error.code is Code.WORKER_DIED
    log = daemon.home / "logs" / "worker.log"
    assert (error.key, error.values["log"]) == ("service.worker_start_failed", str(log))
    assert "no_such_engine" in log.read_text(encoding="utf-8")


def test_worker_that_never_gets_ready_is_ended(start_daemon, connect):
    client = connect(start_daemon(patience={"start": 0.5}, environment={"FAKE_ENGINE_LOADS": "60"}))
    error = client.wait_for(Error, client.shade().id)
    assert error.code is Code.WORKER_DIED
    assert error.key == "service.worker_start_timeout"


def test_starts_that_fail_get_rarer(start_daemon, connect):
    daemon = start_daemon(engine="no_such_engine")
    client = connect(daemon)
    jobs = [client.shade() for _ in range(3)]
    for job in jobs[:2]:
        client.wait_for(Error, job.id)
    # The third start waits for two seconds: meanwhile its job is alive, is told so, and can still be cancelled.
    assert client.wait_for(Progress, jobs[2].id).stage == "starting"
    assert daemon.log().count("started worker") == 2


def test_daemon_told_to_end_tells_the_clients_and_leaves_nothing(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    running, waiting, receiving = client.shade("steps=1000 pause=0.02"), client.shade(), client.submit()
    while client.wait_for(Progress, running.id).stage != "shading":
        pass
    (worker,) = daemon.workers()
    daemon.process.send_signal(signal.SIGTERM)
    ended = {}
    while len(ended) < 3:
        message, _ = client.receive()
        if isinstance(message, Error):
            ended[message.id] = message
        else:
            assert isinstance(message, Progress | Queued)
    assert set(ended) == {running.id, waiting.id, receiving.id}
    assert all(error.code is Code.STOPPED and error.message and error.hint for error in ended.values())
    assert daemon.process.wait(LIVENESS) == 0
    assert not (daemon.home / "run" / "daemon.json").exists()
    assert not worker.is_running()


def test_daemon_ends_while_its_worker_is_loading(start_daemon, connect):
    daemon = start_daemon(environment={"FAKE_ENGINE_LOADS": "60"})
    client = connect(daemon)
    client.shade()
    (worker,) = eventually(daemon.workers, "the worker started")
    daemon.process.send_signal(signal.SIGINT)
    assert daemon.process.wait(LIVENESS) == 0
    assert not worker.is_running()
