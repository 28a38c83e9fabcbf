"""What a terminal shows while a picture is shaded."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from art_files import noise, png
from live_daemon import ROOT, environment


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals that Python can open")
def test_a_terminal_shows_progress(start_daemon: Callable[..., Any], art: Path, tmp_path: Path) -> None:
    import fcntl
    import pty
    import termios

    start_daemon()
    source = png(art / "a.png", noise(8, 8))
    command = [sys.executable, "-m", "daemon", "shade", str(source), "--concept", "steps=5 pause=0.3"]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while piece := terminal.read(4096):
                shown += piece
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"\r" not in out
    text = shown.decode()
    for part in ("a.png: starting the engine", "a.png: shading", "5/5", "shift 1.000", "s left"):
        assert part in text
