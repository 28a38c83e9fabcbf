from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from curve_router import CurveRouter
from fake_daemon import Clock, FakeDaemon, Stage

from shared.client.client import Client
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
    client = Client(DirectLink, "test", home, clock)
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

    client = Client(open_link, "test", home, clock)
    stage = Stage(client, clock, daemon)
    stage.connect()
    yield stage
    client.close()
