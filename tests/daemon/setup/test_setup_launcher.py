"""The command that install.py writes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from daemon.setup import launcher


@pytest.mark.skipif(os.name == "nt", reason="the launcher of Windows is a .cmd file")
def test_launcher_keeps_its_home_and_every_argument(tmp_path: Path) -> None:
    home = tmp_path / "a $HOME with 'quotes' and `ticks`"
    python = home / "venv" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$BELLADONNA_HOME" "$@"\n')
    python.chmod(0o755)
    command = tmp_path / "belladonna"
    launcher.write(command, home, python)
    arguments = ["shade", "my picture.png", "", "*", "--concept", "it's a dog"]
    variables = {**os.environ, "BELLADONNA_HOME": "/another"}
    output = subprocess.run([command, *arguments], env=variables, capture_output=True, text=True, check=True).stdout
    assert output.split("\n")[:-1] == [str(home), "-I", "-m", "daemon", *arguments]
