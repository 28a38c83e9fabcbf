"""One run at a time: also after a run was killed whose pip goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.setup.alone import alone
from daemon.setup.errors import InstallError

ROOT = Path(__file__).resolve().parents[3]

# Starts a "pip" that ends when its input does, says so, and waits to be killed.
RUN = """
import subprocess, sys, time
from pathlib import Path
from daemon.setup.alone import alone

with alone(Path(sys.argv[1])):
    pip = [sys.executable, "-c", "print('ready', flush=True); input()"]
    subprocess.Popen(pip, close_fds=False)
    time.sleep(300)
"""


def test_a_second_run_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(InstallError, match=r"Another install\.py is at work in"), alone(tmp_path):
        pytest.fail("both are at work")
    with alone(tmp_path):
        pass


@pytest.mark.skipif(os.name == "nt", reason="on Windows children don't inherit locks")
def test_the_pip_of_a_killed_run_counts(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        run.kill()
        run.wait()
        with pytest.raises(InstallError), alone(tmp_path):
            pytest.fail("pip is still at work")
        run.stdin.close()
        assert run.stdout.read() == b"", "pip has ended"
    with alone(tmp_path):
        pass
