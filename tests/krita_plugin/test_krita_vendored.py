"""Where the plug-in's shared code comes from: the copy inside it, whatever else is called ``shared``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import shared.client.client
from krita_plugin import vendored

ROOT = Path(__file__).resolve().parents[2]


def test_in_a_checkout_it_is_the_folder_beside() -> None:
    assert vendored.Client is shared.client.client.Client


def test_installed_it_is_the_copy_inside(tmp_path: Path) -> None:
    plugin = tmp_path / "pykrita" / "belladonna"
    (plugin / "vendor").mkdir(parents=True)
    (plugin / "__init__.py").write_text("")
    shutil.copy(ROOT / "krita_plugin" / "vendored.py", plugin)
    shutil.copytree(ROOT / "shared", plugin / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    foreign = tmp_path / "pykrita" / "shared"  # another plug-in's package of that name
    foreign.mkdir()
    (foreign / "__init__.py").write_text("raise ZeroDivisionError")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path / "pykrita")!r})
from belladonna import vendored
assert vendored.Client.__module__ == "belladonna.shared.client.client", vendored.Client
assert vendored.messages.__name__ == "belladonna.shared.protocol.messages"
assert "shared" not in sys.modules
assert sys.path[-1] == {str(plugin / "vendor")!r}, sys.path
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
