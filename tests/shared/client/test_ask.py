"""What is said to a command when the daemon leaves, is gone, or somebody else listens where it was."""

from __future__ import annotations

import json
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
from shared.client.ask import NoAnswer, ask, ask_to_stop
from shared.machine import endpoint
from shared.machine.endpoint import Endpoint
from shared.machine.instance import Instance
from shared.protocol import wire
from shared.protocol.messages import PROTOCOL, Code, DaemonStatus, Error, Message, Ping, Pong, Shutdown, Status

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


@contextmanager
def refused(key: str) -> Iterator[None]:
    """Inside, nobody answers, for the reason of this key."""
    with pytest.raises(NoAnswer) as caught:
        yield
    assert caught.value.key == key


def published(home: Path, port: int) -> None:
    endpoint.write(Endpoint(f"tcp://127.0.0.1:{port}", KEY, 1, PROTOCOL, VERSION), home)


def test_a_daemon_that_leaves_without_an_answer_has_stopped(tmp_path: Path) -> None:
    with leaving(tmp_path, Shutdown) as where:
        assert ask_to_stop(tmp_path) == where


def test_a_daemon_that_leaves_before_it_was_told_to_has_not_been_stopped(tmp_path: Path) -> None:
    with leaving(tmp_path, None), refused("client.no_daemon"):
        ask_to_stop(tmp_path)


def test_a_connection_that_breaks_is_a_sentence(tmp_path: Path) -> None:
    with leaving(tmp_path, None), Instance(tmp_path), refused("client.hangs"):
        ask(Status, DaemonStatus, tmp_path)


def test_a_port_where_nobody_listens_is_no_daemon(tmp_path: Path) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        published(tmp_path, unused.getsockname()[1])
    for question in (lambda: ask(Status, DaemonStatus, tmp_path), lambda: ask_to_stop(tmp_path)):
        with refused("client.no_daemon"):
            question()


def test_a_port_that_another_program_has_by_now_is_no_daemon(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        published(tmp_path, other.getsockname()[1])
        with refused("client.no_daemon"):
            ask(Status, DaemonStatus, tmp_path, wait=0.3)
        with Instance(tmp_path), refused("client.hangs"):
            ask(Status, DaemonStatus, tmp_path, wait=0.3)


def test_a_connection_file_that_is_not_trusted_is_explained(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no POSIX permissions")
    published(tmp_path, 1)
    (tmp_path / "run" / "daemon.json").chmod(0o644)
    with refused("machine.connection_open"):
        ask(Status, DaemonStatus, tmp_path)


def test_a_daemon_of_another_version_is_reached_all_the_same(tmp_path: Path) -> None:
    """“belladonna stop” must end it; its state has all the fields of today's."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    router = Router(context, 0)
    endpoint.write(Endpoint(router.endpoint, router.key, os.getpid(), 1, "0.1.0"), tmp_path)
    seen: list[bytes] = []

    def serve() -> None:
        for answer in (
            b'{"type":"state","id":"%s","version":"0.1.0","pid":7,"uptime":1.5,"device":"","worker":"idle"}',
            b'{"type":"pong","id":"%s"}',
            b'{"type":"pong","id":"%s"}',
        ):
            router.socket.poll(30_000)
            received = router.receive()
            assert received is not None
            peer, (magic, header) = received
            seen.append(magic)
            router.socket.send_multipart([peer, b"SHADE/1", answer % json.loads(header)["id"].encode()])

    thread = threading.Thread(target=serve)
    thread.start()
    assert ask(Status, DaemonStatus, tmp_path).version == "0.1.0"
    ask_to_stop(tmp_path)
    thread.join()
    assert seen == [b"SHADE/1"] * 3
    router.close()
    context.term()


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
    with pytest.raises(NoAnswer) as caught:
        ask(Ping, Pong, tmp_path)
    assert (caught.value.code, caught.value.sentence) == (Code.BUSY, "Not now.")
    thread.join()
    router.close()
    context.term()
