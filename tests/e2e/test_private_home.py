"""The home that editors are given in tests: it runs the checkout, and nothing that ran in it stays."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from shared.machine import launch, paths
from tests.e2e.private_home import belladonna, private_home, processes


def test_its_daemon_starts_as_editors_start_it_and_is_stopped_at_the_end(tmp_path: Path) -> None:
    with private_home(tmp_path / "home") as home:
        assert processes(home) == []
        launcher = launch.Launcher(launch.daemon_command(paths.venv_python(home)), home)
        deadline = time.monotonic() + 30
        while (state := launcher.poll()) == "starting" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert state == "running", launcher.problem
        assert len(processes(home)) == 1
        assert belladonna(home, "status").returncode == 0
    assert processes(home) == []
    assert not paths.connection_file(home).exists()


def test_its_python_runs_the_bridge_and_reaches_the_packages(tmp_path: Path) -> None:
    with private_home(tmp_path / "home") as home:
        code = "import shared.client.bridge, daemon.shading.engine, zmq"
        subprocess.run([paths.venv_python(home), "-I", "-c", code], check=True, cwd=tmp_path, env={})


def test_what_is_left_running_is_ended_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.e2e.private_home.GONE_SECONDS", 0.2)
    home = private_home(tmp_path)
    python = paths.venv_python(home.__enter__())
    with subprocess.Popen([python, "-c", "print(flush=True); import time; time.sleep(60)"], stdout=PIPE) as left:
        assert left.stdout is not None
        left.stdout.readline()
        with pytest.raises(AssertionError, match=r"still running from .*time\.sleep"):
            home.__exit__(None, None, None)
        assert left.wait(10) == -9
