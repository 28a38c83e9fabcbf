"""One run at a time: also after a run was killed whose pip goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.setup.manifest import Manifest
from shared.problem import Problem

ROOT = Path(__file__).resolve().parents[3]

# Starts a "pip" that ends when its input does, says so, and waits to be killed.
RUN = """
import subprocess, sys, time
from pathlib import Path
from daemon.setup.manifest import Manifest

with Manifest(Path(sys.argv[1])).alone():
    pip = [sys.executable, "-c", "print('ready', flush=True); input()"]
    subprocess.Popen(pip, close_fds=False)
    time.sleep(300)
"""


def at_work(home: Path) -> bool:
    """Whether somebody is."""
    try:
        with Manifest(home).alone():
            return False
    except Problem as problem:
        return problem.key == "setup.another_at_work"


def test_a_second_run_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with Manifest(tmp_path).alone():
        assert at_work(tmp_path)
    assert not at_work(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="on Windows children don't inherit locks")
def test_the_pip_of_a_killed_run_counts(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        run.kill()
        run.wait()
        assert at_work(tmp_path), "pip is"
        run.stdin.close()
        assert run.stdout.read() == b"", "pip has ended"
    assert not at_work(tmp_path)
