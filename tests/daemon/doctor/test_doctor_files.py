"""The home folder, its disk, the connection file, and the weights."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon.doctor import files
from daemon.models.store import Store
from daemon.models.table import models
from daemon.shading.encoders.table import EMBEDDED, ENCODERS, SHIPPED
from shared.machine import endpoint, paths

DAEMON = endpoint.Endpoint("tcp://127.0.0.1:5555", "0" * 40, 77, 1, "0.1.0")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


@pytest.mark.parametrize(("free", "state"), [(4e9, "ok"), (1e9, "warn"), (2e7, "fail")])
def test_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    (finding,) = files.disk(tmp_path)
    assert finding.state == state
    assert bool(finding.hint) == (state != "ok")


def test_there_is_no_home(tmp_path: Path) -> None:
    (finding,) = files.disk(tmp_path / "home")
    assert finding.state == "fail"


@posix
def test_the_home_is_another_user_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    (finding,) = files.disk(tmp_path)
    assert finding.state == "fail"
    assert f"sudo chown -R {other} '{tmp_path}'" in finding.hint


def test_the_connection_file_is_closed_to_others(tmp_path: Path) -> None:
    assert [finding.state for finding in files.connection(tmp_path)] == ["ok"]
    endpoint.write(DAEMON, tmp_path)
    assert [finding.state for finding in files.connection(tmp_path)] == ["ok"]


@posix
@pytest.mark.parametrize("opened", [paths.connection_file, paths.run_dir])
def test_others_can_get_at_it(tmp_path: Path, opened) -> None:
    endpoint.write(DAEMON, tmp_path)
    opened(tmp_path).chmod(0o755)
    (finding,) = files.connection(tmp_path)
    assert finding.state == "fail"
    assert str(opened(tmp_path)) in finding.sentence
    assert opened(tmp_path).stat().st_mode & 0o777 == 0o755  # it is the user who changes that


def test_the_connection_file_is_damaged(tmp_path: Path) -> None:
    endpoint.write(DAEMON, tmp_path)
    paths.connection_file(tmp_path).write_bytes(b"{")
    (finding,) = files.connection(tmp_path)
    assert (finding.state, finding.key) == ("fail", "doctor.connection_damaged")


def test_the_weights_of_this_checkout_are_known() -> None:
    # New weights on purpose: put their digest into daemon/shading/encoders/table.py.
    assert [finding.state for finding in files.weights(Path())] == ["ok"]
    assert {entry.path for entry in ENCODERS.values()} == set(SHIPPED.glob("*.safetensors"))


def test_one_bit_of_the_weights_is_enough(tmp_path: Path) -> None:
    shipped = ENCODERS[EMBEDDED]
    content = bytearray(shipped.path.read_bytes())
    content[-1] ^= 1
    (tmp_path / "weights").write_bytes(content)
    damaged = [replace(shipped, path=tmp_path / "weights")]
    assert [finding.key for finding in files.weights(Path(), damaged)] == ["doctor.weights_wrong"]


def test_the_weights_are_gone(tmp_path: Path) -> None:
    gone = [replace(ENCODERS[EMBEDDED], path=tmp_path / "weights")]
    assert [finding.key for finding in files.weights(Path(), gone)] == ["doctor.weights_unreadable"]


def test_models_that_were_fetched(tmp_path: Path) -> None:
    assert [finding.key for finding in files.fetched(tmp_path)] == ["doctor.no_models"]
    store, model = Store(tmp_path), models()["taesd"]
    staging = store.staging(model)
    staging.mkdir(parents=True)
    weights = staging / model.files[0].path
    weights.write_bytes(ENCODERS[EMBEDDED].path.read_bytes())
    store.accept(model, "here")
    (finding,) = files.fetched(tmp_path)
    assert (finding.state, finding.key) == ("ok", "doctor.models")
    store.loadable(model).write_bytes(b"")
    (finding,) = files.fetched(tmp_path)
    assert (finding.state, finding.key) == ("fail", "models.damaged")
    assert "belladonna models install taesd" in finding.hint
