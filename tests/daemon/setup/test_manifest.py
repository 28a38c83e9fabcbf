"""The manifest: what it remembers from one run to the next, also of one that ended too soon."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import plugin_trees
import pytest

from daemon.setup.manifest import Manifest, PluginRecord
from daemon.setup.system import explained
from shared.problem import Problem


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "data" / "home"


def test_a_later_run_knows_what_this_one_wrote(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "config" / "entry"
    manifest = Manifest(home)
    manifest.make_home()
    record = PluginRecord("Krita", "/pykrita/belladonna", ["/a.desktop"], "/kritarc", "caf\xe9=\xff\n", "digest")
    manifest.record_plugin("/kritarc", record)
    manifest.expect({path: b"one"})
    assert Manifest(home).wrote(path, b"one"), "also if the run ends before it is there"
    manifest.settle({path: b"one"})
    again = Manifest(home)
    assert (again.wrote(path, b"one"), again.wrote(path, b"two"), again.known()) == (True, False, [path])
    assert again.plugins == {"/kritarc": record}
    again.record_plugin("/kritarc", None)
    assert Manifest(home).plugins == {}


def test_while_a_file_is_replaced_the_old_one_and_the_new_one_are_known(home: Path, tmp_path: Path) -> None:
    path, manifest = tmp_path / "file", Manifest(home)
    manifest.make_home()
    for data in (b"one", b"two"):
        manifest.expect({path: data})
    assert Manifest(home).wrote(path, b"one")
    assert Manifest(home).wrote(path, b"two")
    manifest.settle({path: b"two"})
    assert not Manifest(home).wrote(path, b"one")
    manifest.settle({}, instead_of=[path])
    assert Manifest(home).known() == []


def test_folders_go_if_they_were_made_and_are_empty(home: Path, tmp_path: Path) -> None:
    manifest = Manifest(home)
    manifest.make_home()
    entry = tmp_path / "config" / "autostart" / "entry"
    manifest.expect({entry: b"ours", tmp_path / "links" / "link": None})
    plugin_trees.lay(entry.parent, {"entry": b"theirs"})
    (tmp_path / "links").mkdir()
    assert manifest.changed(entry)
    entry.unlink()
    plugin_trees.lay(tmp_path / "config", {"else": b""})
    manifest.path.unlink()
    manifest.remove_folders()
    assert plugin_trees.content(tmp_path) == {"config/else": b""}
    assert os.listdir(tmp_path) == ["config"]
    assert os.listdir(tmp_path / "config") == ["else"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', json.dumps({"format": 2, "plugins": {"a": {}}})])
def test_a_damaged_manifest_is_refused(home: Path, text: str) -> None:
    Manifest(home).make_home()
    Manifest(home).path.write_text(text)
    with pytest.raises(Problem) as caught:
        Manifest(home)
    assert caught.value.key == "setup.manifest_damaged"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EISDIR])
def test_errors_of_the_system(number: int) -> None:
    problem = explained(OSError(number, os.strerror(number), "/some/file"))
    assert "/some/file" in problem.sentence
    assert problem.sentence.endswith(".")
    assert problem.hint.endswith(".")


def test_the_manifest_of_a_version_before_slots_is_understood(home: Path, tmp_path: Path) -> None:
    settings = tmp_path / "kritarc"
    settings.write_bytes(b"caf\xe9=1\n\n[python]\nenable_belladonna=true\n")
    link = tmp_path / "command"
    link.symlink_to(settings)
    editor = {
        "editor": "Krita",
        "folder": str(tmp_path / "pykrita" / "belladonna"),
        "files": [str(tmp_path / "belladonna.desktop")],
        "settings": str(settings),
        "made": [str(tmp_path / "pykrita")],
        "before": {"existed": True, "section": False, "lines": []},
    }
    files = {str(link): "of the link", str(tmp_path / "entry"): hashlib.sha256(b"ours").hexdigest()}
    home.mkdir(parents=True)
    old = {"format": 1, "editors": {"key": editor}, "writing": [], "files": files, "folders": [str(home)]}
    (home / "manifest.json").write_text(json.dumps(old))
    manifest = Manifest(home)
    assert manifest.is_earlier
    assert manifest.known() == [tmp_path / "entry"]
    assert manifest.wrote(tmp_path / "entry", b"ours")
    record = manifest.plugins["key"]
    assert (record.folder, record.elsewhere) == (editor["folder"], editor["files"])
    assert record.before == "caf\xe9=1\n"
    assert record.written == hashlib.sha256(settings.read_bytes()).hexdigest()
    manifest.record_plugin("key", None)
    again = Manifest(home)
    assert (again.is_earlier, again.plugins) == (False, {})
