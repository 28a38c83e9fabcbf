"""``belladonna serve``: one daemon per home, light, gone without a trace."""

from __future__ import annotations

import argparse
import subprocess
import sys

import psutil
import pytest
from live_daemon import ROOT, belladonna, eventually

from daemon.commands import serve
from shared import VERSION
from shared.machine import endpoint, paths
from shared.machine.launch import ALREADY_RUNNING
from shared.protocol.messages import Done, Release


def test_connection_file_is_private_and_complete(start_daemon):
    daemon = start_daemon()
    file = paths.connection_file(daemon.home)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert daemon.endpoint.pid == daemon.process.pid
    assert daemon.endpoint.version == VERSION


def test_second_daemon_of_a_home_says_so_and_leaves_the_first_alone(start_daemon):
    daemon = start_daemon()
    second = belladonna(daemon.home, "serve")
    assert second.returncode == ALREADY_RUNNING
    assert "already running" in second.stderr
    assert endpoint.read(daemon.home) == daemon.endpoint
    assert "process" in belladonna(daemon.home, "status").stdout


def test_daemon_that_was_killed_is_followed_by_another(start_daemon, connect):
    first = start_daemon()
    first.process.kill()
    first.process.wait()
    assert belladonna(first.home, "status").stderr == "No daemon is running.\n"
    client = connect(start_daemon())
    client.wait_for(Done, client.shade().id)


def test_home_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    failed = belladonna(tmp_path / "file" / "home", "serve")
    assert failed.returncode == serve.CANNOT_RUN
    assert failed.stderr.startswith("Belladonna's daemon can't run: ")
    assert "Traceback" not in failed.stderr


def test_serve_keeps_the_engine_and_its_libraries_out():
    code = "import sys; import daemon.__main__, daemon.commands.serve; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"torch", "numpy", "PIL", "diffusers", "asyncio"} & set(loaded.split())


def test_memory_of_pictures_goes_back_to_the_system(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    process = psutil.Process(daemon.process.pid)
    submit = client.shade("then=alias", width=4096, height=4096)
    client.wait_for(Done, submit.id)
    assert process.memory_info().rss > submit.pixel_bytes
    client.send(Release(submit.id))
    eventually(lambda: process.memory_info().rss < 45 << 20, "the daemon was small again")


def test_idle_time_comes_from_the_option_or_the_environment(monkeypatch):
    def parsed(*arguments: str) -> float:
        parser = argparse.ArgumentParser(exit_on_error=False)
        serve.add_arguments(parser)
        return parser.parse_args(arguments).idle

    monkeypatch.delenv(serve.IDLE_VARIABLE, raising=False)
    assert parsed() == 300
    monkeypatch.setenv(serve.IDLE_VARIABLE, "12.5")
    assert parsed() == 12.5
    assert parsed("--idle", "7") == 7
    for wrong in ("-1", "inf", "nan", "soon"):
        with pytest.raises(argparse.ArgumentError):
            parsed("--idle", wrong)


def test_log_says_what_happened_but_not_what_the_picture_shows(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    submit = client.shade("secret-concept steps=2 then=surprise")
    eventually(lambda: "internal" in daemon.log(), "the failure was logged")
    worker_log = (paths.logs_dir(daemon.home) / "worker.log").read_text(encoding="utf-8")
    assert submit.id in daemon.log()
    assert "ZeroDivisionError" in worker_log
    assert "secret-concept" not in daemon.log() + worker_log
