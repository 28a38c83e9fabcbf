"""The worker as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest
from live_daemon import ROOT

from daemon.worker.__main__ import NICENESS
from shared.protocol.messages import Done
from shared.wording import text


def test_worker_started_by_hand_explains_itself():
    result = subprocess.run(
        [sys.executable, "-m", "daemon.worker"], cwd=ROOT, input="{}\n", capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert result.stderr.splitlines() == [text("service.worker_by_hand")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no niceness")
def test_worker_lets_the_editor_go_first(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    client.wait_for(Done, client.shade().id)
    (worker,) = daemon.workers()
    assert worker.nice() == min(psutil.Process(daemon.process.pid).nice() + NICENESS, 19)
