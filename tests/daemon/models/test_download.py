"""Fetching models from a hub that answers well or badly, and from folders."""

from __future__ import annotations

import dataclasses
import errno
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from hub import Hub
from hub_models import CONFIG, PLAIN, TINY, WEIGHTS

from daemon.models import download
from daemon.models.download import fetch, host_of
from daemon.models.store import RECORD, Store
from daemon.models.table import File, Model
from shared.problem import Problem

BOTH = pytest.mark.parametrize("model", [TINY, PLAIN], ids=lambda model: model.name)


def refused(model: Model, store: Store, source: str | None) -> Problem:
    with pytest.raises(Problem) as refusal:
        fetch(model, store, source)
    assert not store.has(model)
    return refusal.value


@BOTH
def test_a_model_arrives_whole_and_alone(model: Model, store: Store, hub: Hub) -> None:
    record = fetch(model, store, hub.url)
    assert store.has(model)
    assert store.damaged(model) == []
    files = {path.relative_to(store.place(model)).as_posix() for path in store.place(model).rglob("*")}
    assert files == {RECORD, *(file.path for file in model.files)}
    assert (store.place(model) / model.files[-1].path).read_bytes() == WEIGHTS
    assert record.source == hub.url
    assert not store.staging(model).exists()


@BOTH
def test_a_dropped_connection_is_gone_on_with(model: Model, store: Store, hub: Hub) -> None:
    hub.cut_after, hub.cuts = 300_000, 2
    fetch(model, store, hub.url)
    assert store.damaged(model) == []
    assert hub.ranges


@BOTH
def test_the_next_try_goes_on_where_one_ended(model: Model, store: Store, hub: Hub) -> None:
    hub.cut_after, hub.cuts, hub.then = 700_000, len(model.files), 500
    assert refused(model, store, hub.url).key == "models.server_failed"
    hub.status, before = None, len(hub.ranges)
    fetch(model, store, hub.url)
    assert store.damaged(model) == []
    (asked,) = hub.ranges[before:]
    assert 500_000 < int(asked.removeprefix("bytes=").removesuffix("-").split("-")[0]) <= 700_000


@BOTH
def test_a_slow_hub_is_waited_for(model: Model, store: Store, hub: Hub) -> None:
    hub.pause = 0.5
    fetch(model, store, hub.url)


@BOTH
@pytest.mark.parametrize(
    ("status", "key"),
    [
        (401, "models.gated"),
        (403, "models.gated"),
        (404, "models.not_there"),
        (429, "models.too_many_requests"),
        (500, "models.server_failed"),
    ],
)
def test_what_the_hub_says_becomes_a_sentence(model: Model, status: int, key: str, store: Store, hub: Hub) -> None:
    hub.status = status
    problem = refused(model, store, hub.url)
    assert problem.key == key
    assert model.name in problem.sentence
    assert problem.hint


@BOTH
def test_what_was_left_whole_is_begun_anew(model: Model, store: Store, hub: Hub) -> None:
    left = store.staging(model) / f"{model.files[-1].path}{download.PARTIAL}"
    left.parent.mkdir(parents=True)
    left.write_bytes(WEIGHTS)
    assert refused(model, store, hub.url).key == "models.server_failed"
    fetch(model, store, hub.url)
    assert store.damaged(model) == []


@BOTH
def test_a_file_that_is_gone(model: Model, store: Store, hub: Hub) -> None:
    hub.files = {"owner/tiny/config.json": CONFIG}
    assert refused(model, store, hub.url).key == "models.not_there"


def test_another_file_than_the_known_one_is_thrown_away(store: Store, hub: Hub) -> None:
    hub.files["owner/tiny/diffusion_pytorch_model.safetensors"] = WEIGHTS[::-1]
    assert refused(TINY, store, hub.url).key == "models.wrong_file"
    hub.files["owner/tiny/diffusion_pytorch_model.safetensors"] = WEIGHTS
    fetch(TINY, store, hub.url)
    assert store.damaged(TINY) == []


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 4, WEIGHTS[:-1], WEIGHTS + b"\0", b"\xff" * 100, b"\2" + b"\0" * 7 + b"[]"]
)
def test_a_safetensors_file_must_be_whole(content: bytes, store: Store, hub: Hub) -> None:
    unknown = dataclasses.replace(TINY, files=tuple(dataclasses.replace(file, sha256=None) for file in TINY.files))
    hub.files["owner/tiny/diffusion_pytorch_model.safetensors"] = content
    assert refused(unknown, store, hub.url).key == "models.wrong_file"


def test_what_is_left_of_a_branch_is_begun_anew(store: Store, hub: Hub) -> None:
    moving = dataclasses.replace(PLAIN, revision="main")
    hub.cut_after, hub.cuts, hub.then = 700_000, 1, 500
    refused(moving, store, hub.url)
    hub.status, before = None, len(hub.ranges)
    fetch(moving, store, hub.url)
    assert hub.ranges[before:] == []


def test_where_no_hash_is_known_the_first_one_counts(store: Store, hub: Hub) -> None:
    first = fetch(PLAIN, store, hub.url).files[0].sha256
    assert first
    hub.files["owner/plain/plain_encoder.pth"] = WEIGHTS[::-1]
    with pytest.raises(Problem) as refusal:
        fetch(PLAIN, store, hub.url)
    assert refusal.value.key == "models.wrong_file"
    assert store.damaged(PLAIN) == [], "the one that is there stays"


def test_a_branch_may_move_on(store: Store, hub: Hub) -> None:
    moving = dataclasses.replace(PLAIN, revision="main")
    fetch(moving, store, hub.url)
    hub.files["owner/plain/plain_encoder.pth"] = WEIGHTS[::-1]
    fetch(moving, store, hub.url)
    assert (store.place(moving) / "plain_encoder.pth").read_bytes() == WEIGHTS[::-1]


@BOTH
def test_nobody_answers(model: Model, store: Store) -> None:
    assert refused(model, store, "http://127.0.0.1:9").key == "models.unreachable"


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "https://", "http://no host/"])
def test_no_url_at_all(url: str, store: Store) -> None:
    assert refused(TINY, store, url).key == "models.unreachable"


@BOTH
@pytest.mark.parametrize("layout", ["name", "repository", "names of files"])
def test_a_folder_does_as_well(model: Model, layout: str, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "brought"
    for file, content in zip(model.files, [CONFIG, WEIGHTS][-len(model.files) :], strict=True):
        inside = {"name": model.name, "repository": model.repository, "names of files": model.name}[layout]
        path = folder / inside / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    fetch(model, store, str(folder))
    assert store.damaged(model) == []
    shutil.rmtree(folder)
    assert store.damaged(model) == [], "it was copied"


def test_one_file_may_lie_about(store: Store, tmp_path: Path) -> None:
    (tmp_path / "plain_encoder.pth").write_bytes(WEIGHTS)
    fetch(PLAIN, store, str(tmp_path))
    assert store.damaged(PLAIN) == []


def test_a_folder_without_it(store: Store, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(CONFIG)
    problem = refused(TINY, store, str(tmp_path))
    assert (problem.key, problem.values["file"]) == ("models.not_in_folder", "config.json")


def test_a_full_disk_is_noticed_before_and_while_fetching(
    store: Store, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 5, 5))
    problem = refused(TINY, store, hub.url)
    assert problem.key == "models.no_room"
    assert hub.asked == []
    monkeypatch.undo()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download.shutil, "copyfile", full)
    (store.folder / "x").mkdir(parents=True)
    (store.folder / "x" / "plain_encoder.pth").write_bytes(WEIGHTS)
    assert refused(PLAIN, store, str(store.folder / "x")).key == "models.no_room"


def test_a_folder_that_may_not_be_written(store: Store, tmp_path: Path) -> None:
    store.folder.parent.mkdir(parents=True)
    store.folder.write_text("in the way")
    (tmp_path / "plain_encoder.pth").write_bytes(WEIGHTS)
    with pytest.raises(Problem) as refusal:
        fetch(PLAIN, store, str(tmp_path))
    assert refusal.value.key == "models.not_written"


def test_hosts() -> None:
    assert host_of(TINY, None) == "huggingface.co"
    assert host_of(PLAIN, None) == "raw.githubusercontent.com"
    assert host_of(PLAIN, "https://mirror.example/x") == "mirror.example"
    assert host_of(PLAIN, "somewhere/here") == ""


def test_a_file_with_folders_in_its_path(store: Store, hub: Hub) -> None:
    inside = dataclasses.replace(TINY, files=(File("vae/config.json", 5), File("vae/w.safetensors", 5)))
    hub.files |= {"owner/tiny/vae/config.json": CONFIG, "owner/tiny/vae/w.safetensors": WEIGHTS}
    fetch(inside, store, hub.url)
    assert store.loadable(inside) == store.place(inside)
    assert (store.place(inside) / "vae" / "config.json").read_bytes() == CONFIG
