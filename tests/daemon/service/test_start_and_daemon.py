"""An editor's client and the real daemon, which it starts itself from a private environment that is a script here."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from live_daemon import HERE, ROOT, eventually

from shared.client.client import Client
from shared.client.events import Connected, Failed, Finished
from shared.client.finder import Starter
from shared.machine import endpoint
from shared.machine.location import Location
from shared.protocol.messages import Options, Progress, Submit, new_id

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a shell script in place of Python")

SIDE = 64
BLOCK = bytes(range(256)) * (SIDE * SIDE * 4 // 256)
SHADED = bytes(value if index % 4 == 3 else 255 - value for index, value in enumerate(BLOCK))


class Editor:
    """A client with a memory of its events and of the daemons it met."""

    def __init__(self, home: Path, python: Path) -> None:
        self.home = home
        self.client = Client("test", Starter(Location(home, python, "0")))
        self.events: list[Any] = []
        self.daemons: list[psutil.Process] = []

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        def look() -> Any:
            for event in self.client.poll():
                self.events.append(event)
                if isinstance(event, Connected):
                    found = endpoint.read(self.home)
                    assert found is not None
                    self.daemons.append(psutil.Process(found.pid))
            self.client.wait(20)
            return condition()

        return eventually(look, what)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def submit(self, concept: str) -> str:
        def source(offset: int, length: int) -> bytes:
            return BLOCK[offset : offset + length]

        return self.client.submit(Submit(new_id(), SIDE, SIDE, options=Options(concept)), source)


@pytest.fixture
def editor(home: Path) -> Iterator[Editor]:
    python = home / "python"
    paths = os.pathsep.join((str(ROOT), str(HERE)))
    command = shlex.join([sys.executable, str(HERE / "serve_fake.py"), str(home), "{}"])
    python.write_text(f'#!/bin/sh\n[ "$*" = "-I -m daemon serve" ] && PYTHONPATH={shlex.quote(paths)} exec {command}\n')
    python.chmod(0o700)
    editor = Editor(home, python)
    yield editor
    editor.client.close()
    for daemon in editor.daemons:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in (*daemon.children(), daemon):
                process.kill()


def test_a_daemon_is_started_for_the_first_picture(editor: Editor) -> None:
    editor.until(lambda: editor.client.state == "stopped", "there was none")
    editor.client.start()
    editor.until(lambda: editor.client.state == "ready", "it was started")
    editor.submit("")
    editor.until(lambda: editor.of(Finished), "the job ended")
    assert bytes(editor.of(Finished)[0].pixels) == SHADED
    (daemon,) = editor.daemons
    editor.client.close()
    assert daemon.is_running()


def test_a_daemon_that_is_killed_in_mid_job_costs_time_and_not_the_job(editor: Editor) -> None:
    editor.client.start()
    editor.until(lambda: editor.client.state == "ready", "it was started")
    id = editor.submit("steps=20 pause=0.05")
    editor.until(lambda: any(event.stage == "shading" for event in editor.of(Progress)), "it ran")
    editor.daemons[0].kill()
    editor.until(lambda: editor.of(Finished) or editor.of(Failed), "the job ended")
    (end,) = editor.of(Finished)
    assert end.id == id
    assert bytes(end.pixels) == SHADED
    assert len(editor.daemons) == 2
