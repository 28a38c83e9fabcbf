"""Replacing files and folders: what is there afterwards, and what a change that isn't one leaves alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import plugin_trees
import pytest

from shared.machine.atomic import copy_tree, remove_drafts, replace_file, replace_folder, write

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_private_file_is_nobody_elses_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"open to all")
    path.chmod(0o644)
    write(path, b"secret", 0o600)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"secret", 0o600)
    assert os.listdir(tmp_path) == ["key"]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_draft_is_never_more_open_than_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode)))
    write(tmp_path / "key", b"secret", 0o600)
    write(tmp_path / "key", b"another")  # keeps what it has
    assert seen == [0o600, 0o600]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_new_file_has_the_permissions_that_any_program_would_give_it(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    write(tmp_path / "link", b"ours")
    assert not (tmp_path / "link").is_symlink()
    assert plugin_trees.content(tmp_path) == {"theirs": b"theirs", "link": b"ours"}


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "file", b"new")
    assert plugin_trees.content(tmp_path) == {"file": b"old"}


def test_drafts_of_killed_runs_are_found_also_for_a_long_name(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 120)  # 240 bytes: no name beside it has room for all of it
    killed = f"""
import os
from pathlib import Path
from shared.machine import atomic
os.fsync = lambda _: os._exit(9)
atomic.write(Path({str(path)!r}), b"half")
"""
    assert subprocess.run([sys.executable, "-c", killed], cwd=ROOT, timeout=60).returncode == 9
    assert len(os.listdir(tmp_path)) == 1
    remove_drafts(path)
    assert os.listdir(tmp_path) == []


def test_a_file_is_made_with_its_folder_and_kept_when_it_is_right(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    replace_file(path, b"one", 0o755)
    made = path.stat()
    replace_file(path, b"one", 0o755)
    replace_file(path, b"one")
    assert path.stat() == made
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_file_keeps_its_permissions_unless_others_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    path.chmod(0o600)
    replace_file(path, b"two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    replace_file(path, b"two", 0o755)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert path.read_bytes() == b"two"


def test_a_file_that_cant_be_replaced_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "file" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="file"):
        replace_file(tmp_path / "file", b"one")
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_becomes_what_was_filled_in(tmp_path: Path) -> None:
    folder = plugin_trees.lay(tmp_path / "folder", {"old": b"", "both": b"1"})

    def fill(draft: Path) -> None:
        plugin_trees.lay(draft, {"both": b"2", "new/er": b""})

    replace_folder(folder, fill)
    assert plugin_trees.content(folder) == {"both": b"2", "new/er": b""}
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.skipif(os.name == "nt", reason="there is no run bit")
def test_a_missing_run_bit_is_a_change(tmp_path: Path) -> None:
    folder = plugin_trees.lay(tmp_path / "folder", {"run": b""})

    def fill(draft: Path) -> None:
        plugin_trees.lay(draft, {"run": b""})
        (draft / "run").chmod(0o755)

    replace_folder(folder, fill)
    assert os.access(folder / "run", os.X_OK)


def test_a_file_in_the_place_of_the_folder_stays_if_filling_fails(tmp_path: Path) -> None:
    place = tmp_path / "folder"
    place.write_bytes(b"somebody's")

    def fail(_: Path) -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        replace_folder(place, fail)
    assert plugin_trees.content(tmp_path) == {"folder": b"somebody's"}


def test_a_killed_run_leaves_the_old_folder_and_the_next_tidies_up(tmp_path: Path) -> None:
    folder = plugin_trees.lay(tmp_path / "folder", {"old": b""})
    killed = f"""
import os
from pathlib import Path
from shared.machine.atomic import replace_folder

def fill(draft):
    (draft / "half").write_bytes(b"")
    os._exit(9)

replace_folder(Path({str(folder)!r}), fill)
"""
    assert subprocess.run([sys.executable, "-c", killed], cwd=ROOT, timeout=60).returncode == 9
    assert plugin_trees.content(folder) == {"old": b""}

    def fill(draft: Path) -> None:
        plugin_trees.lay(draft, {"new": b""})

    replace_folder(folder, fill)
    assert plugin_trees.content(tmp_path) == {"folder/new": b""}


def test_copies_leave_out_what_is_named_and_compiled_python(tmp_path: Path) -> None:
    names = {"a.py": b"1", "sub/b.py": b"2", "sub/c.desktop": b"3", "sub/__pycache__/b.pyc": b"4"}
    copy_tree(plugin_trees.lay(tmp_path / "source", names), tmp_path / "target", without=("*.desktop",))
    assert plugin_trees.content(tmp_path / "target") == {"a.py": b"1", "sub/b.py": b"2"}
