"""What peers can do to the daemon: nothing, whatever they send."""

from __future__ import annotations

import json
import random
import socket

import pytest
import zmq
from live_daemon import new_id

from shared.protocol import wire
from shared.protocol.messages import (
    BAND_BYTES,
    Accepted,
    Band,
    Cancel,
    Code,
    Done,
    Error,
    Fetch,
    Hello,
    Message,
    Ping,
    Pong,
    Ready,
    Release,
    Submit,
    Welcome,
)
from shared.protocol.wire import HEADER_BYTES, MAGIC


@pytest.mark.parametrize(
    ("submit", "code"),
    [
        (Submit("a", 65_536, 1), Code.TOO_LARGE),
        (Submit("b", 20_000, 20_000), Code.TOO_LARGE),
        (Submit("c", 11_585, 11_585, "float32"), Code.TOO_LARGE),
        (Submit("d", 0, 10), Code.BAD_REQUEST),
        (Submit("e", -5, 10), Code.BAD_REQUEST),
        (Submit("f", 10, 10, "float64"), Code.UNSUPPORTED),
        (Submit("g", 10, 10, layout="CMYK"), Code.UNSUPPORTED),
        (Submit("h", 10, 10, space="cmyk"), Code.UNSUPPORTED),
        (Submit("i", 10, 10, task="describe"), Code.UNSUPPORTED),
    ],
)
def test_impossible_picture_is_refused_before_any_band(start_daemon, connect, submit, code):
    client = connect(start_daemon())
    error = client.ask(submit, Error)
    assert error.code is code
    assert error.message
    assert client.state().jobs == ()


def test_picture_that_does_not_fit_beside_the_others_has_to_wait(start_daemon, connect):
    client = connect(start_daemon(capacity=3 * BAND_BYTES))
    first = client.submit(width=1024, height=512)
    second = Submit(new_id(), 1024, 512)
    assert client.ask(second, Error).code is Code.BUSY
    client.ask(Cancel(first.id), Error)
    assert client.ask(second, Accepted).next_band == 0


@pytest.mark.parametrize(
    "bands",
    [
        [(1, BAND_BYTES)],
        [(0, BAND_BYTES), (0, BAND_BYTES)],
        [(0, BAND_BYTES - 1)],
        [(0, BAND_BYTES), (1, 1)],
        [(0, BAND_BYTES), (2, BAND_BYTES)],
        [(-1, BAND_BYTES)],
    ],
)
def test_wrong_bands_end_the_job_and_free_its_memory(start_daemon, connect, bands):
    client = connect(start_daemon())
    submit = client.submit(width=1024, height=512)
    for band, size in bands:
        client.send(Band(submit.id, band), bytes(size))
    client.send(Band(submit.id, 1), bytes(BAND_BYTES))  # what was under way already is not answered again
    assert client.wait_for(Error, submit.id).code is Code.BAD_REQUEST
    state = client.state()
    assert (state.jobs, state.memory) == ((), 0)
    client.wait_for(Done, client.shade().id)


def test_band_beyond_the_last_ends_a_waiting_job(start_daemon, connect):
    client = connect(start_daemon())
    client.shade("steps=1000 pause=0.02")
    waiting = client.shade()
    client.send(Band(waiting.id, 1), bytes(128))
    assert client.wait_for(Error, waiting.id).code is Code.BAD_REQUEST
    assert waiting.id not in {job["id"] for job in client.state().jobs}


def test_unreadable_band_ends_the_job(start_daemon, connect):
    client = connect(start_daemon())
    submit = client.submit()
    client.socket.send_multipart([MAGIC, json.dumps({"type": "band", "id": submit.id, "band": 0}).encode()])
    assert client.wait_for(Error, submit.id).code is Code.BAD_REQUEST
    assert client.state().memory == 0


def test_jobs_of_others_are_out_of_reach(start_daemon, connect):
    daemon = start_daemon()
    owner, other = connect(daemon), connect(daemon)
    submit = owner.shade("steps=1000 pause=0.02")
    for message in (Cancel(submit.id), Fetch(submit.id, 0)):
        assert other.ask(message, Error).code is Code.BAD_REQUEST
    other.send(Band(submit.id, 0), bytes(128))
    assert other.wait_for(Error, submit.id).code is Code.BAD_REQUEST
    other.send(Release(submit.id))
    assert [job["id"] for job in other.state().jobs] == [submit.id]


def test_result_has_only_the_bands_it_has(start_daemon, connect):
    client = connect(start_daemon())
    submit = client.shade()
    client.wait_for(Done, submit.id)
    for band in (-1, 1, 2**62):
        assert client.ask(Fetch(submit.id, band), Error).code is Code.BAD_REQUEST


def test_message_of_the_worker_is_refused_from_a_client(start_daemon, connect):
    client = connect(start_daemon())
    assert client.ask(Ready("worker-1", "mine"), Error).code is Code.BAD_REQUEST
    assert client.ask(Hello(new_id()), Welcome).device == ""


def test_request_that_outgrows_a_message_once_it_is_complete(start_daemon, connect):
    client = connect(start_daemon())
    paths = ["/" + "é" * 4000] * 8
    header = {"type": "submit", "id": "long", "width": 1, "height": 1, "options": {"encoders": paths}}
    padding = HEADER_BYTES - len(json.dumps(header, ensure_ascii=False).encode()) - len('"anchor": "/", ')
    assert padding > 0
    header["options"] = {"encoders": paths, "anchor": "/" + "x" * padding}
    text = json.dumps(header, ensure_ascii=False).encode()
    assert len(text) <= HEADER_BYTES
    client.socket.send_multipart([MAGIC, text])
    assert client.wait_for(Accepted, "long").next_band == 0
    client.send(Band("long", 0), bytes(4))
    assert client.wait_for(Error, "long").code is Code.BAD_REQUEST
    client.wait_for(Done, client.shade().id)


OLD_HELLO = [
    b"SHADE/1",
    b'{"type":"hello","id":"8a5c0d6b1e2f3a47","protocol":1,"client":"krita 5.2.9","version":"0.1.0"}',
]
"""As version 0.1.0 sent it with protocol 1."""


def test_a_plugin_of_protocol_1_is_told_in_its_own_frames_to_run_install_again(start_daemon, connect):
    client = connect(start_daemon())
    client.socket.send_multipart(OLD_HELLO)
    assert client.socket.poll(30_000)
    magic, header = client.socket.recv_multipart()
    assert magic == b"SHADE/1"
    error = json.loads(header)
    assert (error["type"], error["id"], error["code"]) == ("error", "8a5c0d6b1e2f3a47", "version_mismatch")
    assert error["key"] == "service.version_mismatch"
    assert "run install.py again" in error["message"]  # which is all that protocol 1's “belladonna stop” shows
    client.wait_for(Done, client.shade().id)  # and the daemon goes on


def random_frames(random: random.Random) -> list[bytes]:
    """Anything from plain noise to a valid message, except ``shutdown``: that would be obeyed."""
    kinds = [*(set(wire.TYPES) - {"shutdown"}), "x", ""]
    header: dict[str, object] = {"type": random.choice(sorted(kinds)), "id": random.choice(["a", "", "b" * 70])}
    values = [0, -1, 2**70, 1e400, True, None, "", "x" * 3000, [], {}, [[[[]]]], float("nan")]
    for name in ("width", "height", "dtype", "layout", "mask", "options", "band", "concept", "protocol", "client"):
        if random.random() < 0.5:
            header[name] = random.choice(values)
    text = json.dumps(header).encode()
    cut = random.randrange(len(text))
    body = random.choice(
        [text, text, text, text[:cut], text[:cut] + b"\xff" + text[cut:], b"[" * 5000, bytes(HEADER_BYTES + 1), b""]
    )
    frames = [random.choice([MAGIC, MAGIC, MAGIC, b"SHADE/1", b"", random.randbytes(9)]), body]
    extra = random.choice([0, 0, 1, 1, 2, 9])
    frames += [random.randbytes(random.choice([0, 1, 100, BAND_BYTES])) for _ in range(extra)]
    return frames[: random.choice([1, 9, 9, 9, 9])]


def test_garbage_from_a_client_with_the_key(start_daemon, connect):
    daemon = start_daemon()
    noisy, calm = connect(daemon), connect(daemon)
    generator = random.Random(4)
    for number in range(600):
        noisy.socket.send_multipart(random_frames(generator))
        if number % 50 == 0:
            calm.ask(Ping(new_id()), Pong)
    # Reached only if everything before it was taken; the errors that came back are messages like others.
    replies: list[Message] = []
    noisy.send(Ping("last"))
    noisy.wait_for(Pong, "last", replies)
    assert replies
    assert all(isinstance(reply, Error | Pong | Welcome) or reply.id in "ab" for reply in replies)
    calm.wait_for(Done, calm.shade().id)
    assert "Traceback" not in daemon.log()


def test_garbage_from_strangers(start_daemon, connect):
    daemon = start_daemon()
    generator = random.Random(5)
    address = ("127.0.0.1", daemon.endpoint.port)
    for number in range(100):
        with socket.create_connection(address, timeout=10) as stranger:
            greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(15) if number % 2 else b""
            stranger.sendall(greeting + generator.randbytes(generator.choice([0, 1, 64, 5000])))
    other_key = zmq.curve_keypair()[0]
    strangers = [connect(daemon, other_key), connect(daemon, b"")]
    for stranger in strangers:
        stranger.send(Hello(new_id()))
        stranger.send(Submit(new_id(), 8, 8))
    client = connect(daemon)
    client.wait_for(Done, client.shade().id)
    for stranger in strangers:
        with pytest.raises(TimeoutError):
            stranger.receive(0.1)
    assert len(client.state().jobs) == 1


def test_frame_larger_than_any_band_only_disconnects_its_sender(start_daemon, connect):
    daemon = start_daemon()
    careless, client = connect(daemon), connect(daemon)
    submit = client.submit()
    careless.socket.send_multipart([MAGIC, b"{}", bytes(2 * BAND_BYTES)])
    client.send_picture(submit)
    client.wait_for(Done, submit.id)
