"""The lock that keeps a home to one daemon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.machine.instance import AlreadyRunning, Instance, is_running

HOLDER = """
import pathlib, sys
from shared.machine.instance import Instance
with Instance(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


ROOT = Path(__file__).resolve().parents[3]


def test_lock_is_held_once_and_given_back(tmp_path):
    with Instance(tmp_path):
        with pytest.raises(AlreadyRunning):
            Instance(tmp_path).__enter__()
        with Instance(tmp_path / "another"):
            pass
    with Instance(tmp_path):
        pass


def test_lock_of_a_process_that_was_killed_is_free(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(AlreadyRunning):
            Instance(tmp_path).__enter__()
        assert is_running(tmp_path)
        holder.kill()
        holder.wait()
        with Instance(tmp_path):
            pass
        assert not is_running(tmp_path)


def test_lock_that_is_about_to_be_given_back_is_waited_for(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        with Instance(tmp_path, wait=30):
            pass


def test_lock_is_not_inherited_by_children(tmp_path):
    child = "print('started', flush=True); input()"
    with Instance(tmp_path):
        process = subprocess.Popen(
            [sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"started"
    with process, Instance(tmp_path):
        process.kill()
