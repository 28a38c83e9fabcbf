"""The daemon as the doctor meets it: a real one that answers, and all that may be in its place."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from live_daemon import LiveDaemon
from private_environment import PrivateEnvironment

from daemon.doctor import running
from shared import VERSION
from shared.client import ask
from shared.machine import endpoint, paths
from shared.machine.instance import Instance


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_one_that_runs(start_daemon: Callable[..., LiveDaemon]) -> None:
    daemon = start_daemon()
    (finding,) = running.check(daemon.home)
    assert (finding.state, finding.key) == ("ok", "doctor.daemon_runs")
    assert str(daemon.process.pid) in finding.sentence


def test_one_of_another_version(start_daemon: Callable[..., LiveDaemon], monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = start_daemon()
    monkeypatch.setattr(running, "VERSION", "9.9")
    (finding,) = running.check(daemon.home)
    assert (finding.state, finding.key) == ("warn", "doctor.daemon_version")
    monkeypatch.setattr(running, "PROTOCOL", 99)
    (finding,) = running.check(daemon.home)
    assert finding.state == "fail"


def test_somebody_else_listens_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask.ask, "__defaults__", (None, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        endpoint.write(endpoint.Endpoint(address, "0" * 40, os.getpid(), running.PROTOCOL, VERSION), tmp_path)
        with Instance(tmp_path):
            (finding,) = running.check(tmp_path)
    assert (finding.state, finding.key) == ("fail", "doctor.daemon_silent")


def test_one_that_holds_the_lock_but_does_not_listen(tmp_path: Path) -> None:
    with Instance(tmp_path):
        (finding,) = running.check(tmp_path)
    assert (finding.state, finding.key) == ("fail", "doctor.daemon_unreachable")


def test_none_runs_but_one_can_be_started(private: PrivateEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(private.home.parent))
    before = names(private.home.parent)
    (finding,) = running.check(private.home)
    assert finding.state == "ok", finding
    assert {name for name in names(private.home.parent) - before if "__pycache__" not in name} == set()


def test_one_that_was_killed_left_its_file(private: PrivateEnvironment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    endpoint.write(endpoint.Endpoint(f"tcp://127.0.0.1:{port}", "0" * 40, 1, running.PROTOCOL, VERSION), private.home)
    (finding,) = running.check(private.home)
    assert finding.state == "ok", finding


def test_none_can_be_started(private: PrivateEnvironment) -> None:
    private.lay("zmq/__init__.py", b"raise ImportError('libzmq is broken')")
    (finding,) = running.check(private.home)
    assert finding.state == "fail"
    assert "libzmq is broken" in finding.sentence


def test_without_an_environment(tmp_path: Path) -> None:
    (finding,) = running.check(tmp_path)
    assert finding.state == "fail"
    assert not paths.run_dir(tmp_path).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_nothing_is_asked_of_a_daemon_that_is_not_trusted(tmp_path: Path) -> None:
    paths.run_dir(tmp_path).mkdir(mode=0o755)
    (finding,) = running.check(tmp_path)
    assert finding.key == "doctor.daemon_untrusted"
    assert paths.run_dir(tmp_path).stat().st_mode & 0o777 == 0o755
