"""What install.py sees of an environment that was damaged, and which part of it has to be made again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.setup.packages import Faults, look
from tests.daemon.doctor.private_environment import PrivateEnvironment


@pytest.fixture
def private(tmp_path: Path) -> PrivateEnvironment:
    private = PrivateEnvironment(tmp_path)
    private.lay("torch/__init__.py", b"small = True")
    return private


def test_a_whole_one_has_no_faults_and_stays_as_it_is(private: PrivateEnvironment) -> None:
    private.add("pip", {"pip/__init__.py": b""})
    before = sorted(private.site.rglob("*"))
    assert look(private.python) == Faults()
    assert sorted(private.site.rglob("*")) == before


@pytest.mark.parametrize("content", [b"raise ImportError", b"import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_torch_doesnt_load(private: PrivateEnvironment, content: bytes) -> None:
    private.lay("torch/__init__.py", content)
    assert look(private.python) == Faults(torch=True)


def test_torch_is_damaged_where_nothing_looks_yet(private: PrivateEnvironment) -> None:
    private.add("torch", {"torch/cuda.py": b"later = True"})
    assert not look(private.python).torch
    private.lay("torch/cuda.py", b"")
    assert look(private.python).torch


def test_packages_are_damaged_or_dont_load(private: PrivateEnvironment) -> None:
    private.add("needed_by_others", {"needed.py": b"a = 1"})
    (private.site / "needed.py").unlink()
    private.lay("tifffile/__init__.py", b"raise OSError('bad library')")
    assert look(private.python) == Faults(packages=("needed-by-others", "tifffile"))


def test_the_project_is_changed_or_something_is_missing_or_of_the_wrong_version(private: PrivateEnvironment) -> None:
    private.install(*private.requirements, files={"one.json": b"x"})
    assert look(private.python) == Faults()
    private.lay("one.json", b"y")
    assert look(private.python) == Faults(project=True)
    for requirement in ("no-such-package>=1", "numpy>=99"):
        private.install(requirement)
        assert look(private.python) == Faults(project=True)


def test_what_pip_cant_put_right(private: PrivateEnvironment) -> None:
    private.add("pip", {"pip/__init__.py": b"pip"})
    private.lay("pip/__init__.py", b"")
    assert look(private.python) == Faults(environment=True)
    private.lay("pip/__init__.py", b"pip")
    private.add("lost", {"lost.py": b""})
    (private.site / "lost-0.dist-info" / "RECORD").unlink()
    assert look(private.python) == Faults(environment=True)


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
@pytest.mark.parametrize("program", [None, "not a program", "#!/bin/sh\nexit 1\n", "#!/bin/sh\necho nonsense\n"])
def test_a_python_that_doesnt_run(tmp_path: Path, program: str | None) -> None:
    python = tmp_path / "python"
    if program is not None:
        python.write_text(program)
        python.chmod(0o755)
    assert look(python) == Faults(environment=True)
