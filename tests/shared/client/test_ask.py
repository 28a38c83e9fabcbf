"""What is said to a command when the daemon leaves, is gone, or somebody else listens where it was."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import zmq

from daemon.service.router import Router
from shared import VERSION
from shared.client.ask import NOT_ANSWERING, NOT_RUNNING, NoAnswer, ask, ask_to_stop
from shared.machine import endpoint
from shared.machine.endpoint import Endpoint
from shared.machine.instance import Instance
from shared.protocol import wire
from shared.protocol.messages import PROTOCOL, Code, Error, Message, Ping, Pong, Shutdown, State, Status

KEY = "a" * 40


@contextmanager
def leaving(home: Path, last_answered: type[Message] | None) -> Iterator[Endpoint]:
    """A daemon that answers every message but a shutdown with a pong, up to a last one, and then is gone."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    router = Router(context, 0)
    where = Endpoint(router.endpoint, router.key, os.getpid(), PROTOCOL, VERSION)
    endpoint.write(where, home)

    def serve() -> None:
        while router.socket.poll(30_000):
            received = router.receive()
            assert received is not None
            peer, frames = received
            message, _ = wire.decode(frames, wire.FROM_CLIENT)
            if last_answered is None:
                break
            if not isinstance(message, Shutdown):
                router.send(peer, Pong(message.id))
            if isinstance(message, last_answered):
                break
        router.close(1000)
        context.term()

    thread = threading.Thread(target=serve)
    thread.start()
    yield where
    thread.join()


def published(home: Path, port: int) -> None:
    endpoint.write(Endpoint(f"tcp://127.0.0.1:{port}", KEY, 1, PROTOCOL, VERSION), home)


def test_a_daemon_that_leaves_without_an_answer_has_stopped(tmp_path: Path) -> None:
    with leaving(tmp_path, Shutdown) as where:
        assert ask_to_stop(tmp_path) == where


def test_a_daemon_that_leaves_before_it_was_told_to_has_not_been_stopped(tmp_path: Path) -> None:
    with leaving(tmp_path, None), pytest.raises(NoAnswer, match=NOT_RUNNING):
        ask_to_stop(tmp_path)


def test_a_connection_that_breaks_is_a_sentence(tmp_path: Path) -> None:
    with leaving(tmp_path, None), Instance(tmp_path), pytest.raises(NoAnswer, match=NOT_ANSWERING):
        ask(Status, State, tmp_path)


def test_a_port_where_nobody_listens_is_no_daemon(tmp_path: Path) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        published(tmp_path, unused.getsockname()[1])
    for question in (lambda: ask(Status, State, tmp_path), lambda: ask_to_stop(tmp_path)):
        with pytest.raises(NoAnswer, match=NOT_RUNNING):
            question()


def test_a_port_that_another_program_has_by_now_is_no_daemon(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        published(tmp_path, other.getsockname()[1])
        with pytest.raises(NoAnswer, match=NOT_RUNNING):
            ask(Status, State, tmp_path, wait=0.3)
        with Instance(tmp_path), pytest.raises(NoAnswer, match=NOT_ANSWERING):
            ask(Status, State, tmp_path, wait=0.3)


def test_a_connection_file_that_is_not_trusted_is_explained(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no POSIX permissions")
    published(tmp_path, 1)
    (tmp_path / "run" / "daemon.json").chmod(0o644)
    with pytest.raises(NoAnswer, match="other users"):
        ask(Status, State, tmp_path)


def test_a_refusal_is_the_daemons_sentence(tmp_path: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    router = Router(context, 0)
    endpoint.write(Endpoint(router.endpoint, router.key, os.getpid(), PROTOCOL, VERSION), tmp_path)

    def refuse() -> None:
        router.socket.poll(30_000)
        received = router.receive()
        assert received is not None
        message, _ = wire.decode(received[1], wire.FROM_CLIENT)
        router.send(received[0], Error(message.id, Code.BUSY, "Not now."))

    thread = threading.Thread(target=refuse)
    thread.start()
    with pytest.raises(NoAnswer, match=r"Not now\."):
        ask(Ping, Pong, tmp_path)
    thread.join()
    router.close()
    context.term()
