"""Both links on real sockets: they behave alike, and a connection that is no good says so."""

from __future__ import annotations

import dataclasses
import os
import socket
import threading
from collections.abc import Callable
from contextlib import closing

import pytest
import zmq
from curve_router import CurveRouter, eventually
from link_talk import BRIDGE, ROOT, ended, first_words, receive

from shared.client.link import BridgeLink, DirectLink, Link, LinkError
from shared.machine.endpoint import Endpoint
from shared.protocol.messages import BAND_BYTES

Open = Callable[[Endpoint], Link]


@pytest.fixture(params=["direct", "bridge"])
def opener(request: pytest.FixtureRequest) -> Open:
    return DirectLink if request.param == "direct" else lambda endpoint: BridgeLink(endpoint, BRIDGE, ROOT)


def test_a_round_trip(opener: Open, router: CurveRouter) -> None:
    with closing(opener(router.endpoint)) as link:
        assert link.receive() is None
        peer = first_words(link, router)
        large = [b"x", b"", os.urandom(BAND_BYTES)]
        eventually(lambda: link.send([large[0], large[1], memoryview(large[2])]), "the link took a large message")
        assert eventually(router.receive, "it arrived") == [peer, *large]
        router.send(peer, large)
        assert receive(link) == large
        assert link.receive() is None
        assert not link.wait(0)


def test_what_was_sent_may_change_afterwards(opener: Open, router: CurveRouter) -> None:
    with closing(opener(router.endpoint)) as link:
        first_words(link, router)
        buffer = bytearray(b"before" * 10_000)
        assert link.send([memoryview(buffer)])
        buffer[:] = b"after " * 10_000
        _, frame = eventually(router.receive, "it arrived")
        assert frame == b"before" * 10_000


def test_order_is_kept_and_nothing_is_lost_when_the_reader_is_slow(opener: Open, router: CurveRouter) -> None:
    """Sending never blocks: the link says "later" while the other side doesn't read, and goes on when it does."""
    count, size = 300, 1 << 18
    with closing(opener(router.endpoint)) as link:
        peer = first_words(link, router)
        sent = refused = 0
        while refused < 50:  # the daemon reads nothing yet
            if link.send([b"%d" % sent, bytes(size)]):
                sent += 1
            else:
                refused += 1
            assert sent <= count, "the link takes more than it should hold"
        taken = sent
        for expected in range(taken):
            _, number, payload = eventually(router.receive, "it arrived")
            assert (int(number), len(payload)) == (expected, size)
        assert eventually(lambda: link.send([b"again"]), "there was room again")
        assert eventually(router.receive, "it arrived") == [peer, b"again"]


def test_a_burst_of_answers_arrives_in_order(opener: Open, router: CurveRouter) -> None:
    with closing(opener(router.endpoint)) as link:
        peer = first_words(link, router)
        sender = threading.Thread(target=lambda: [router.send(peer, [b"%d" % n, bytes(1 << 18)]) for n in range(100)])
        sender.start()
        assert [int(receive(link)[0]) for _ in range(100)] == list(range(100))
        sender.join()


def test_the_last_message_before_close_still_arrives(opener: Open, router: CurveRouter) -> None:
    with closing(opener(router.endpoint)) as link:
        peer = first_words(link, router)
        assert link.send([b"release"])
    assert eventually(router.receive, "it arrived") == [peer, b"release"]


def test_closing_twice_is_fine(opener: Open, router: CurveRouter) -> None:
    link = opener(router.endpoint)
    link.close()
    link.close()


def test_a_message_of_absurdly_many_frames_is_cut_short(opener: Open, router: CurveRouter) -> None:
    with closing(opener(router.endpoint)) as link:
        peer = first_words(link, router)
        router.send(peer, [b"x"] * 1000)
        router.send(peer, [b"next"])
        try:
            frames = receive(link)
        except LinkError:
            return  # the bridge ends over it
        assert len(frames) == 4  # one more than any message has: the parser will see that
        assert receive(link) == [b"next"]


def test_nobody_listens(opener: Open) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = Endpoint(f"tcp://127.0.0.1:{unused.getsockname()[1]}", "a" * 40, 1, 1, "")
        with closing(opener(nobody)) as link:
            assert ended(link).key == "client.link_ended"


def test_a_wrong_key(opener: Open, router: CurveRouter) -> None:
    stranger = dataclasses.replace(router.endpoint, server_key=zmq.curve_keypair()[0].decode())
    with closing(opener(stranger)) as link:
        assert ended(link).key == "client.link_ended"
        assert router.receive() is None


def test_a_server_without_curve(opener: Open) -> None:
    with CurveRouter(curve=False) as router, closing(opener(router.endpoint)) as link:
        assert ended(link).key == "client.link_ended"
        assert router.receive() is None


def test_a_program_that_is_no_zeromq(opener: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        somebody = Endpoint(f"tcp://127.0.0.1:{server.getsockname()[1]}", "a" * 40, 1, 1, "")
        with closing(opener(somebody)) as link:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
                assert ended(link).key == "client.link_ended"


def test_a_program_that_says_nothing_takes_no_message(opener: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        somebody = Endpoint(f"tcp://127.0.0.1:{server.getsockname()[1]}", "a" * 40, 1, 1, "")
        with closing(opener(somebody)) as link:
            assert link.receive() is None
            assert ended(link).key == "client.link_ended"  # once the handshake has taken too long


def test_an_oversize_frame_ends_the_link_of_the_sender(router: CurveRouter) -> None:
    with closing(DirectLink(router.endpoint)) as link:
        first_words(link, router)
        assert link.send([bytes(BAND_BYTES + 8192)])
        assert ended(link).key == "client.link_ended"


def test_an_oversize_frame_from_the_daemon_ends_the_link(opener: Open, router: CurveRouter) -> None:
    with closing(opener(router.endpoint)) as link:
        peer = first_words(link, router)
        router.send(peer, [bytes(BAND_BYTES + 8192)])
        assert ended(link).key == "client.link_ended"


def test_a_daemon_that_vanishes_ends_the_link_after_what_it_said_last(opener: Open) -> None:
    with CurveRouter() as router:
        link = opener(router.endpoint)
        peer = first_words(link, router)
        router.socket.setsockopt(zmq.LINGER, 5000)
        for number in range(20):
            router.send(peer, [b"%d" % number])
    with closing(link):
        assert [int(receive(link)[0]) for _ in range(20)] == list(range(20))
        assert ended(link).key == "client.link_ended"
        assert ended(link).key == "client.link_ended"  # and says so every time it is asked
