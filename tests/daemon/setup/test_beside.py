"""A new environment beside the old one: what a run that ended in any state leaves, and who gets the place."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import plugin_trees
import pytest

from daemon.setup.beside import Beside
from daemon.setup.errors import InstallError


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    return Beside(tmp_path / "it's home" / "venv")


def test_a_copy_shares_its_files_until_they_are_replaced(beside: Beside) -> None:
    plugin_trees.lay(beside.current, {"lib/torch.so": b"large", "record": b"{}"})
    (beside.current / "lib64").symlink_to("lib")
    beside.fill(copying=True, last="record")
    assert plugin_trees.content(beside.draft) == {"lib/torch.so": b"large", "record": b"{}"}
    assert os.readlink(beside.draft / "lib64") == "lib"
    assert (beside.draft / "lib/torch.so").samefile(beside.current / "lib/torch.so")
    assert not (beside.draft / "record").samefile(beside.current / "record")
    (beside.draft / "lib/torch.so").unlink()
    assert (beside.current / "lib/torch.so").read_bytes() == b"large"


def test_an_empty_draft_has_nothing_of_another(beside: Beside) -> None:
    plugin_trees.lay(beside.draft, {"left": b""})
    beside.fill(copying=False, last="record")
    assert not beside.draft.exists()


def recorded(script: bytes) -> str:
    """As pip notes a file in a RECORD, after its name."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(script).digest()).decode().rstrip("=")
    return f",sha256={digest},{len(script)}"


def test_the_draft_takes_over_and_its_scripts_name_the_place(beside: Beside) -> None:
    plugin_trees.lay(beside.current, {"old": b""})
    script = f"#!{beside.draft}/bin/python\nimport pip\n".encode()
    plugin_trees.lay(beside.draft, {"bin/pip": script, "bin/program": b"\0" + script})
    (beside.draft / "bin/pip").chmod(0o755)
    (beside.draft / "bin/python").symlink_to("/usr/bin/python3")
    place = "lib/python3.12/site-packages"
    record = f"pip/__init__.py,sha256=abc,3\n../../../bin/pip{recorded(script)}\n".encode()
    plugin_trees.lay(beside.draft, {f"{place}/pip-1.dist-info/RECORD": record})
    beside.take_over()
    expected = f"pip/__init__.py,sha256=abc,3\n../../../bin/pip{recorded((beside.current / 'bin/pip').read_bytes())}\n"
    assert (beside.current / place / "pip-1.dist-info/RECORD").read_text() == expected
    assert (beside.current / "bin/pip").read_bytes() == f"#!{beside.current}/bin/python\nimport pip\n".encode()
    assert os.access(beside.current / "bin/pip", os.X_OK)
    assert (beside.current / "bin/program").read_bytes() == b"\0" + script, "programs are left alone"
    assert os.readlink(beside.current / "bin/python") == "/usr/bin/python3"
    assert [path.name for path in beside.current.parent.iterdir()] == ["venv"]


def test_what_cant_take_over_leaves_the_old_one(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin_trees.lay(beside.current, {"old": b""})
    plugin_trees.lay(beside.draft, {"new": b""})
    rename = os.rename

    def busy(source: Path, target: Path) -> None:
        if source == beside.draft:
            raise PermissionError(13, "in use")
        rename(source, target)

    monkeypatch.setattr(os, "rename", busy)
    with pytest.raises(InstallError, match="in use"):
        beside.take_over()
    assert plugin_trees.content(beside.current) == {"old": b""}


def test_recovery(beside: Beside) -> None:
    beside.recover()
    plugin_trees.lay(beside.old, {"old": b""})
    beside.recover()
    assert plugin_trees.content(beside.current) == {"old": b""}, "it was killed between the two renames"
    plugin_trees.lay(beside.old, {"older": b""})
    beside.recover()
    assert plugin_trees.content(beside.current.parent) == {"venv/old": b""}, "it was killed after them"
