"""``belladonna stop``: the daemon has left when it returns, every time."""

from __future__ import annotations

import signal

import pytest
from live_daemon import LIVENESS, belladonna

from shared.machine import launch, paths
from shared.problem import Problem
from shared.protocol.messages import Done


@pytest.mark.parametrize("command", ["status", "stop"])
def test_commands_say_when_no_daemon_runs(tmp_path, command):
    result = belladonna(tmp_path, command)
    assert result.returncode == 1
    assert result.stderr == f"{Problem('client.no_daemon').told}\n"


def test_daemon_and_its_worker_are_gone(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    client.wait_for(Done, client.shade().id)
    (worker,) = daemon.workers()
    stopped = belladonna(daemon.home, "stop")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert not paths.connection_file(daemon.home).exists()
    assert not worker.is_running()
    assert daemon.process.wait(LIVENESS) == 0


def test_daemon_can_be_stopped_and_started_again_at_once(start_daemon):
    for _ in range(10):
        daemon = start_daemon()
        stopped = belladonna(daemon.home, "stop")
        assert (stopped.returncode, stopped.stderr) == (0, "")
        assert not launch.running(daemon.home)
        assert not paths.connection_file(daemon.home).exists()
        assert daemon.process.wait(LIVENESS) == 0


def test_daemon_that_hangs_is_said_to_not_answer(start_daemon):
    daemon = start_daemon()
    daemon.process.send_signal(signal.SIGSTOP)
    result = belladonna(daemon.home, "stop")
    daemon.process.send_signal(signal.SIGCONT)
    assert (result.returncode, result.stderr) == (1, f"{Problem('client.hangs').told}\n")
