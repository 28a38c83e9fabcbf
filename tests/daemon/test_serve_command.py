"""The daemon as a process: one per home, light, gone without a trace; and the commands that talk to it."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from live_daemon import LIVENESS, ROOT, environment, eventually

from daemon import __main__ as command_line
from daemon import serve_command
from shared import VERSION, endpoint, paths
from shared.protocol import Done, Progress, Release


def belladonna(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "daemon", *arguments],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=LIVENESS,
        check=False,
    )


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
    assert second.returncode == serve_command.ALREADY_RUNNING
    assert "already running" in second.stderr
    assert endpoint.read(daemon.home) == daemon.endpoint
    assert "process" in belladonna(daemon.home, "status").stdout


def test_daemon_that_was_killed_is_followed_by_another(start_daemon, connect):
    first = start_daemon()
    first.process.kill()
    first.process.wait()
    assert "not running" in belladonna(first.home, "status").stderr
    client = connect(start_daemon())
    client.wait_for(Done, client.shade().id)


def test_home_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    failed = belladonna(tmp_path / "file" / "home", "serve")
    assert failed.returncode == serve_command.CANNOT_RUN
    assert failed.stderr.startswith("Belladonna's daemon can't run: ")
    assert "Traceback" not in failed.stderr


def test_status_for_people_and_for_programs(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    submit = client.shade("steps=1000 pause=0.02")
    while client.wait_for(Progress, submit.id).stage != "shading":
        pass
    waiting = client.shade()
    text = belladonna(daemon.home, "status")
    assert text.returncode == 0
    assert f"process {daemon.process.pid}" in text.stdout
    assert "Worker: busy, on fake device." in text.stdout
    assert f"Picture {waiting.id}: queued, place 1." in text.stdout
    assert "of 1000." in text.stdout
    state = json.loads(belladonna(daemon.home, "status", "--json").stdout)
    assert state["pid"] == daemon.process.pid
    assert [job["state"] for job in state["jobs"]] == ["running", "queued"]
    assert state["memory"] == submit.total_bytes + waiting.total_bytes


@pytest.mark.parametrize("command", ["status", "stop"])
def test_commands_say_when_no_daemon_runs(tmp_path, command):
    result = belladonna(tmp_path, command)
    assert result.returncode == 1
    assert result.stderr == "Belladonna's daemon is not running.\n"


def test_stop_ends_the_daemon_and_its_worker(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    client.wait_for(Done, client.shade().id)
    (worker,) = daemon.workers()
    stopped = belladonna(daemon.home, "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert daemon.process.wait(LIVENESS) == 0
    assert not paths.connection_file(daemon.home).exists()
    assert not worker.is_running()


def test_serve_keeps_the_engine_and_its_libraries_out():
    code = "import sys; import daemon.__main__, daemon.serve_command; print(*sys.modules)"
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
        serve_command.add_arguments(parser)
        return parser.parse_args(arguments).idle

    monkeypatch.delenv(serve_command.IDLE_VARIABLE, raising=False)
    assert parsed() == 300
    monkeypatch.setenv(serve_command.IDLE_VARIABLE, "12.5")
    assert parsed() == 12.5
    assert parsed("--idle", "7") == 7
    for wrong in ("-1", "inf", "nan", "soon"):
        with pytest.raises(argparse.ArgumentError):
            parsed("--idle", wrong)


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["status", "--no-such-option"]])
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as exited:
        command_line.main(arguments)
    assert exited.value.code == 2
    assert "usage: belladonna" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    shown = capsys.readouterr().out
    assert all(command in shown for command in command_line.COMMANDS)


def test_log_says_what_happened_but_not_what_the_picture_shows(start_daemon, connect):
    daemon = start_daemon()
    client = connect(daemon)
    submit = client.shade("secret-concept steps=2 then=surprise")
    eventually(lambda: "internal" in daemon.log(), "the failure was logged")
    worker_log = (paths.logs_dir(daemon.home) / "worker.log").read_text(encoding="utf-8")
    assert submit.id in daemon.log()
    assert "ZeroDivisionError" in worker_log
    assert "secret-concept" not in daemon.log() + worker_log


def test_worker_started_by_hand_explains_itself():
    result = subprocess.run(
        [sys.executable, "-m", "daemon.worker"], cwd=ROOT, input="{}\n", capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "not by hand" in result.stderr
    assert os.linesep.join(result.stderr.splitlines()[1:]) == ""
