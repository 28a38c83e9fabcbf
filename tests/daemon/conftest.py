"""Fixtures that start daemons and connect clients, and see to it that none is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live_daemon import LiveClient, LiveDaemon


@pytest.fixture
def start_daemon(tmp_path: Path) -> Iterator[Callable[..., LiveDaemon]]:
    """Start a daemon whose home is ``tmp_path``: ``start_daemon(patience={…}, limits={…}, environment={…}, …)``."""
    daemons: list[LiveDaemon] = []

    def start(environment: dict[str, str] | None = None, **settings: Any) -> LiveDaemon:
        daemons.append(LiveDaemon(tmp_path, settings, environment or {}))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.end()


@pytest.fixture
def connect() -> Iterator[Callable[..., LiveClient]]:
    """Connect a client: ``connect(daemon)``, or ``connect(daemon, key)``."""
    clients: list[LiveClient] = []

    def connect(daemon: LiveDaemon, key: bytes | None = None) -> LiveClient:
        clients.append(LiveClient(daemon.endpoint, key))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()
