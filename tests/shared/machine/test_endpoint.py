"""The connection file: who can read it, what is believed of it."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.machine import endpoint, paths
from shared.machine.endpoint import Endpoint, EndpointError

GOOD = Endpoint("tcp://127.0.0.1:50123", "a.-:+=^!/*?&<>()[]{}@%$#0123456789ABCDEF", 1234, 1, "0.1.0")

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")


def put(home: Path, data: bytes, mode: int = 0o600) -> Path:
    path = paths.connection_file(home)
    paths.private_dir(path.parent)
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_what_is_written_is_read(home: Path) -> None:
    assert endpoint.read(home) is None
    endpoint.write(GOOD, home)
    assert endpoint.read(home) == endpoint.read() == GOOD
    assert GOOD.port == 50123


@posix
def test_only_the_owner_can_read_it(home: Path) -> None:
    before = os.umask(0)
    try:
        endpoint.write(GOOD, home)
    finally:
        os.umask(before)
    assert stat.S_IMODE(paths.connection_file(home).stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.run_dir(home).stat().st_mode) == 0o700


def test_replacing_is_atomic_and_leaves_no_draft(home: Path) -> None:
    """A reader that looks all the time sees one of the two, never nothing and never a mixture."""
    other = dataclasses.replace(GOOD, pid=99, version="0." * 500)
    endpoint.write(GOOD, home)
    done = threading.Event()

    def write() -> None:
        for _ in range(100):
            endpoint.write(other, home)
            endpoint.write(GOOD, home)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(endpoint.read(home))
    writer.join()
    assert seen <= {GOOD, other}
    assert [path.name for path in paths.run_dir(home).iterdir()] == ["daemon.json"]


def test_a_failed_write_leaves_the_old_file_and_no_draft(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint.write(GOOD, home)

    def refuse(*_: object) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="full"):
        endpoint.write(dataclasses.replace(GOOD, pid=7), home)
    assert endpoint.read(home) == GOOD
    assert len(list(paths.run_dir(home).iterdir())) == 1


@posix
def test_a_link_in_its_place_is_not_followed_by_the_writer(home: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    paths.private_dir(paths.run_dir(home))
    paths.connection_file(home).symlink_to(victim)
    endpoint.write(GOOD, home)
    assert victim.read_text() == "precious"
    assert endpoint.read(home) == GOOD


# ── what is not believed ──


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "tcp://192.168.1.1:50123"},
        {"endpoint": "tcp://127.0.0.1:0"},
        {"endpoint": "tcp://127.0.0.1:65536"},
        {"endpoint": "tcp://127.0.0.1:50123\n"},
        {"endpoint": "tcp://127.0.0.1:٣"},
        {"endpoint": "tcp://127.0.0.1.evil.example:80"},
        {"endpoint": "ipc:///tmp/x"},
        {"server_key": "short"},
        {"server_key": "a" * 41},
        {"server_key": "ä" * 40},
        {"server_key": '"' * 40},
        {"pid": 0},
        {"pid": -1},
        {"pid": "1234"},
        {"pid": True},
        {"protocol": None},
        {"protocol": 0},
        {"version": 1},
    ],
)
def test_a_file_that_describes_no_endpoint_is_no_file(home: Path, changes: dict[str, Any]) -> None:
    put(home, json.dumps({**dataclasses.asdict(GOOD), **changes}).encode())
    assert endpoint.read(home) is None


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Endpoint)])
def test_a_missing_field_is_no_file(home: Path, name: str) -> None:
    fields = dataclasses.asdict(GOOD)
    del fields[name]
    put(home, json.dumps(fields).encode())
    assert endpoint.read(home) is None


def test_a_protocol_of_the_future_can_be_read(home: Path) -> None:
    put(home, json.dumps({**dataclasses.asdict(GOOD), "protocol": 2, "new": []}).encode())
    found = endpoint.read(home)
    assert found is not None
    assert found.protocol == 2


def test_a_file_that_is_too_big_is_no_file(home: Path) -> None:
    text = json.dumps(dataclasses.asdict(GOOD)).encode()
    put(home, text.ljust(endpoint.FILE_BYTES))
    assert endpoint.read(home) == GOOD
    put(home, text.ljust(endpoint.FILE_BYTES + 1))
    assert endpoint.read(home) is None


@given(st.binary(max_size=5000) | st.integers(1, 5000).map(lambda count: b"[" * count))
@settings(max_examples=300)
def test_garbage_is_no_endpoint(data: bytes) -> None:
    assert endpoint.parse(data) is None


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_file_never_breaks_anything(data: st.DataObject) -> None:
    text = bytearray(json.dumps(dataclasses.asdict(GOOD)).encode())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    found = endpoint.parse(bytes(text))
    assert found is None or found.endpoint.startswith("tcp://127.0.0.1:")


# ── what is not trusted ──


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o777])
def test_a_file_open_to_others_is_refused(home: Path, mode: int) -> None:
    endpoint.write(GOOD, home)
    paths.connection_file(home).chmod(mode)
    with pytest.raises(EndpointError) as caught:
        endpoint.read(home)
    assert caught.value.key == "machine.connection_open"
    assert "delete" in caught.value.hint


@posix
def test_a_file_of_another_user_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint.write(GOOD, home)
    monkeypatch.setattr("os.getuid", lambda: os.geteuid() + 1)
    with pytest.raises(EndpointError) as caught:
        endpoint.read(home)
    assert caught.value.key == "machine.connection_foreign"


@posix
@pytest.mark.parametrize("target", ["real", "missing"])
def test_a_link_is_refused(home: Path, tmp_path: Path, target: str) -> None:
    real = tmp_path / "real"
    real.write_text(json.dumps(dataclasses.asdict(GOOD)))
    real.chmod(0o600)
    paths.private_dir(paths.run_dir(home))
    paths.connection_file(home).symlink_to(tmp_path / target)
    with pytest.raises(EndpointError) as caught:
        endpoint.read(home)
    assert caught.value.key == "machine.connection_link"


@posix
@pytest.mark.timeout(30)
def test_a_pipe_is_refused_and_does_not_hang(home: Path) -> None:
    paths.private_dir(paths.run_dir(home))
    os.mkfifo(paths.connection_file(home), 0o600)
    with pytest.raises(EndpointError) as caught:
        endpoint.read(home)
    assert caught.value.key == "machine.connection_no_file"


def test_a_folder_is_refused(home: Path) -> None:
    paths.connection_file(home).mkdir(parents=True)
    with pytest.raises(EndpointError):
        endpoint.read(home)


def test_a_file_where_the_folder_should_be_means_no_daemon(home: Path) -> None:
    paths.run_dir(home).touch()
    assert endpoint.read(home) is None


# ── removal ──


def test_a_daemon_removes_its_own_file_only(home: Path) -> None:
    endpoint.remove(GOOD.pid, home)
    endpoint.write(GOOD, home)
    endpoint.remove(GOOD.pid + 1, home)
    assert endpoint.read(home) == GOOD
    endpoint.remove(GOOD.pid, home)
    assert not paths.connection_file(home).exists()


@posix
def test_a_file_that_is_not_trusted_is_not_removed(home: Path) -> None:
    endpoint.write(GOOD, home)
    paths.connection_file(home).chmod(0o666)
    endpoint.remove(GOOD.pid, home)
    assert paths.connection_file(home).exists()


def test_publishing_does_not_wait_for_the_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stall(_: int) -> None:
        raise AssertionError("The disk is busy.")

    monkeypatch.setattr("os.fsync", stall)
    endpoint.write(GOOD, home)
    assert endpoint.read(home) == GOOD
