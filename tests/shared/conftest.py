from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from curve_router import CurveRouter
from fake_daemon import Clock, FakeDaemon, Stage
from start_scene import Scene

from shared.client.client import Client
from shared.client.finder import Running
from shared.client.link import BridgeLink, DirectLink, Link
from shared.machine.endpoint import Endpoint

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def router() -> Iterator[CurveRouter]:
    with CurveRouter() as router:
        yield router


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def daemon(home: Path) -> Iterator[FakeDaemon]:
    daemon = FakeDaemon(home)
    yield daemon
    daemon.close()


@pytest.fixture
def client(home: Path, clock: Clock) -> Iterator[Client]:
    """A client with a direct link."""
    client = Client("test", Running(home, DirectLink), clock)
    yield client
    client.close()


@pytest.fixture
def stage(client: Client, clock: Clock, daemon: FakeDaemon) -> Stage:
    """The client connected to the fake daemon."""
    stage = Stage(client, clock, daemon)
    stage.connect()
    return stage


@pytest.fixture(params=["direct", "bridge"])
def either_stage(request: pytest.FixtureRequest, home: Path, clock: Clock, daemon: FakeDaemon) -> Iterator[Stage]:
    """As ``stage``, once with each kind of link."""

    def open_link(endpoint: Endpoint) -> Link:
        if request.param == "direct":
            return DirectLink(endpoint)
        return BridgeLink(endpoint, [sys.executable, "-m", "shared.client.bridge"], ROOT)

    client = Client("test", Running(home, open_link), clock)
    stage = Stage(client, clock, daemon)
    stage.connect()
    yield stage
    client.close()


@pytest.fixture
def scene(home: Path, clock: Clock) -> Iterator[Scene]:
    """Nothing is installed and nothing runs."""
    scene = Scene(home, clock)
    yield scene
    scene.client.close()
    scene.kill()


@pytest.fixture
def installed(scene: Scene) -> Scene:
    """As ``scene``, with the private Python in place."""
    if os.name == "nt":
        pytest.skip("needs a shell script in place of Python")
    scene.install()
    return scene


@pytest.fixture
def sandboxed(home: Path, clock: Clock) -> Iterator[Scene]:
    """As ``installed``, but the editor is in a sandbox, from which nothing may be started."""
    scene = Scene(home, clock, sandboxed=True)
    if os.name != "nt":
        scene.install()
    yield scene
    assert scene.starts() == []
    scene.client.close()
    scene.kill()
