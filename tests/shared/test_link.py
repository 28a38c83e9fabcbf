"""Both links on real sockets: they behave alike, and a connection that is no good says so."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import zmq
from curve_router import CurveRouter, eventually

from shared.endpoint import Endpoint
from shared.link import BridgeLink, DirectLink, Link, LinkError, bridge_command, open_link
from shared.protocol import BAND_BYTES

ROOT = Path(__file__).resolve().parents[2]
BRIDGE = [sys.executable, "-m", "shared.bridge"]

Open = Callable[[Endpoint], Link]


@pytest.fixture(params=["direct", "bridge"])
def opener(request: pytest.FixtureRequest) -> Open:
    return DirectLink if request.param == "direct" else lambda endpoint: BridgeLink(endpoint, BRIDGE, ROOT)


@pytest.fixture
def router() -> Iterator[CurveRouter]:
    with CurveRouter() as router:
        yield router


def receive(link: Link) -> list[bytes]:
    frames = eventually(lambda: link.wait(100) and link.receive(), "the client received something")
    return [bytes(frame) for frame in frames]


def first_words(link: Link, router: CurveRouter) -> bytes:
    """Exchange one message each way; the client's routing id."""
    eventually(lambda: link.send([b"hello", b"there"]), "the link took a message")
    peer, *frames = eventually(router.receive, "the daemon received something")
    assert frames == [b"hello", b"there"]
    router.send(peer, [b"welcome"])
    assert receive(link) == [b"welcome"]
    return peer


def ended(link: Link) -> str:
    """Wait for the link's end; the sentence it ends with."""

    def look() -> str | None:
        try:
            link.wait(100)
            link.receive()
        except LinkError as problem:
            return str(problem)
        return None

    return eventually(look, "the link ended")


# ── the good ──


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


# ── the bad ──


def test_nobody_listens(opener: Open) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = Endpoint(f"tcp://127.0.0.1:{unused.getsockname()[1]}", "a" * 40, 1, 1, "")
        with closing(opener(nobody)) as link:
            assert "daemon" in ended(link)


def test_a_wrong_key(opener: Open, router: CurveRouter) -> None:
    stranger = dataclasses.replace(router.endpoint, server_key=zmq.curve_keypair()[0].decode())
    with closing(opener(stranger)) as link:
        assert "daemon" in ended(link)
        assert router.receive() is None


def test_a_server_without_curve(opener: Open) -> None:
    with CurveRouter(curve=False) as router, closing(opener(router.endpoint)) as link:
        assert "daemon" in ended(link)
        assert router.receive() is None


def test_a_program_that_is_no_zeromq(opener: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        somebody = Endpoint(f"tcp://127.0.0.1:{server.getsockname()[1]}", "a" * 40, 1, 1, "")
        with closing(opener(somebody)) as link:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
                assert "daemon" in ended(link)


def test_a_program_that_says_nothing_takes_no_message(opener: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        somebody = Endpoint(f"tcp://127.0.0.1:{server.getsockname()[1]}", "a" * 40, 1, 1, "")
        with closing(opener(somebody)) as link:
            assert link.receive() is None
            assert "daemon" in ended(link)  # once the handshake has taken too long


def test_an_oversize_frame_ends_the_link_of_the_sender(router: CurveRouter) -> None:
    with closing(DirectLink(router.endpoint)) as link:
        first_words(link, router)
        assert link.send([bytes(BAND_BYTES + 8192)])
        assert "daemon" in ended(link)


def test_an_oversize_frame_from_the_daemon_ends_the_link(opener: Open, router: CurveRouter) -> None:
    with closing(opener(router.endpoint)) as link:
        peer = first_words(link, router)
        router.send(peer, [bytes(BAND_BYTES + 8192)])
        assert "daemon" in ended(link)


def test_a_daemon_that_vanishes_ends_the_link_after_what_it_said_last(opener: Open) -> None:
    with CurveRouter() as router:
        link = opener(router.endpoint)
        peer = first_words(link, router)
        router.socket.setsockopt(zmq.LINGER, 5000)
        for number in range(20):
            router.send(peer, [b"%d" % number])
    with closing(link):
        assert [int(receive(link)[0]) for _ in range(20)] == list(range(20))
        assert "ended" in ended(link)
        assert "ended" in ended(link)  # and says so every time it is asked


# ── the bridge's own ──


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "shared.bridge" in each.cmdline()]


def test_a_killed_bridge_ends_the_link(router: CurveRouter) -> None:
    with closing(BridgeLink(router.endpoint, BRIDGE, ROOT)) as link:
        first_words(link, router)
        (child,) = children()
        child.kill()
        assert "bridge" in ended(link)
        link.send([b"into the void"])


def test_a_bridge_that_ends_at_once_says_so(router: CurveRouter) -> None:
    with closing(BridgeLink(router.endpoint, [sys.executable, "-c", "raise SystemExit(9)"])) as link:
        assert "exit code 9" in ended(link)


def test_a_bridge_that_talks_nonsense_ends_the_link(router: CurveRouter) -> None:
    script = "import sys; sys.stdout.buffer.write(b'\\xff' * 1000); sys.stdout.flush(); sys.stdin.read()"
    with closing(BridgeLink(router.endpoint, [sys.executable, "-c", script])) as link:
        assert "bridge" in ended(link)


def test_a_bridge_that_does_not_exist(router: CurveRouter, tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="can't be started"):
        BridgeLink(router.endpoint, bridge_command(tmp_path))


def test_a_bridge_that_never_reads_does_not_block_and_can_be_closed(router: CurveRouter) -> None:
    link = BridgeLink(router.endpoint, [sys.executable, "-c", "import time; time.sleep(600)"])
    taken = 0
    while link.send([bytes(1 << 18)]):
        taken += 1
        assert taken < 1000, "the link takes more than it should hold"
    link.close()


def test_no_bridge_outlives_its_link(router: CurveRouter) -> None:
    link = BridgeLink(router.endpoint, BRIDGE, ROOT)
    first_words(link, router)
    (child,) = children()
    link.close()
    assert not child.is_running()


def test_no_bridge_outlives_an_editor_that_is_killed(router: CurveRouter) -> None:
    """GIMP's Cancel kills the plug-in: nothing in it gets to clean up."""
    script = f"""
import sys, time
from shared.endpoint import Endpoint
from shared.link import BridgeLink
link = BridgeLink({router.endpoint!r}, {BRIDGE!r})
while not link.send([b"hello"]): pass
print(link._process.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as editor:
        assert editor.stdout is not None
        child = psutil.Process(int(editor.stdout.readline()))
        eventually(router.receive, "the daemon heard from the editor")
        editor.kill()
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the bridge ended")


def test_the_key_is_not_on_the_command_line(router: CurveRouter) -> None:
    with closing(BridgeLink(router.endpoint, BRIDGE, ROOT)) as link:
        first_words(link, router)
        (child,) = children()
        assert router.endpoint.server_key not in " ".join(child.cmdline())


@pytest.mark.parametrize("data", [b"", b"\x01\x02\x00\x00\x00{}", b"\xff" * 100])
def test_a_bridge_without_an_endpoint_refuses(data: bytes) -> None:
    done = subprocess.run(BRIDGE, cwd=ROOT, input=data, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"not an endpoint" in done.stderr


def test_the_direct_link_is_preferred_and_the_bridge_is_there_without_pyzmq(
    router: CurveRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with closing(open_link(router.endpoint, BRIDGE)) as link:
        assert isinstance(link, DirectLink)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "zmq", None)  # import zmq raises ImportError
        with pytest.raises(LinkError, match="pyzmq"):
            open_link(router.endpoint)
        link = open_link(router.endpoint, BRIDGE)
    with closing(link):
        assert isinstance(link, BridgeLink)
        first_words(link, router)


def test_everything_loads_without_pyzmq() -> None:
    script = "import sys; sys.modules['zmq'] = None; import shared.client, shared.link, shared.bridge, shared.launch"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
