"""The worker as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from live_daemon import ROOT

from daemon.worker import manners
from daemon.worker.manners import NICENESS, NICENESS_VARIABLE, WAITING
from shared.protocol.messages import Done
from shared.wording import text


def test_worker_started_by_hand_explains_itself():
    result = subprocess.run(
        [sys.executable, "-m", "daemon.worker"], cwd=ROOT, input="{}\n", capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert result.stderr.splitlines() == [text("service.worker_by_hand")]


@pytest.fixture
def worker_for(start_daemon, connect) -> Callable[[dict[str, str]], psutil.Process]:
    """Start a daemon with this environment besides the tests' own, and its worker."""

    def start(environment: dict[str, str]) -> psutil.Process:
        daemon = start_daemon(environment)
        client = connect(daemon)
        client.wait_for(Done, client.shade().id)
        (worker,) = daemon.workers()
        return worker

    return start


@pytest.mark.skipif(os.name == "nt", reason="Windows has no niceness")
@pytest.mark.parametrize(("said", "lower"), [("7", 7), ("very", NICENESS), ("", NICENESS)])
def test_worker_lets_the_editor_go_first(worker_for, said: str, lower: int):
    worker = worker_for({NICENESS_VARIABLE: said})
    assert worker.nice() == min(psutil.Process().nice() + lower, 19)
    session = Path(f"/proc/{worker.pid}/autogroup")
    if session.exists():  # Linux, unless it was built without
        assert session.read_text().split()[-1] == str(lower)


def test_workers_threads_dont_spin_unless_the_user_wants_them_to(worker_for):
    users = {**{name: os.environ[name] for name in WAITING if name in os.environ}, "GOMP_SPINCOUNT": "77"}
    environment = worker_for(users).environ()
    assert {name: environment[name] for name in WAITING} == {**WAITING, **users}


def test_the_threads_and_the_rest_of_the_environment_stay_the_users():
    own = {"PATH": "/somewhere", "OMP_NUM_THREADS": "3"}
    assert manners.environment(own) == {**own, **WAITING}
    assert own == {"PATH": "/somewhere", "OMP_NUM_THREADS": "3"}
