from __future__ import annotations

import gc
import subprocess
import sys

import psutil
import pytest
from curve_router import eventually

from shared.machine.process import clean_environment, detached, leave


def test_what_belongs_to_the_editors_python_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    environment = clean_environment()
    assert not [name for name in environment if name.startswith(("PYTHON", "LD_", "DYLD_"))]
    assert environment["CUDA_VISIBLE_DEVICES"] == "0"
    assert "PATH" in environment
    # And a Python with another's PYTHONHOME would not even start.
    subprocess.run([sys.executable, "-c", "import json"], env=environment, check=True, **detached())


def test_a_child_that_was_left_runs_on_and_is_no_zombie_in_the_end() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    process, pipe = psutil.Process(child.pid), child.stdin
    leave(child)
    del child
    gc.collect()  # Python would complain here if nobody waited for it
    assert process.is_running()
    assert pipe is not None
    pipe.close()
    eventually(lambda: not process.is_running(), "it was gone")
