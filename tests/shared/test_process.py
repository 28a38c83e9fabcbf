from __future__ import annotations

import subprocess
import sys

import pytest

from shared.process import clean_environment, detached


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
