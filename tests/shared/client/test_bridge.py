"""The bridge: a child process that nothing outlives and that can do no harm."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from curve_router import CurveRouter, eventually
from link_talk import BRIDGE, ROOT, ended, first_words

from shared.client.link import BridgeLink, DirectLink, LinkError, bridge_command, open_link


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "shared.client.bridge" in each.cmdline()]


def test_a_killed_bridge_ends_the_link(router: CurveRouter) -> None:
    with closing(BridgeLink(router.endpoint, BRIDGE, ROOT)) as link:
        first_words(link, router)
        (child,) = children()
        child.kill()
        assert ended(link).key == "client.bridge_ended"
        link.send([b"into the void"])


@pytest.mark.parametrize("last", ["raise SystemExit(9)", "import os, time; os.close(1); time.sleep(0.3); os._exit(9)"])
def test_a_bridge_that_ends_at_once_says_so(router: CurveRouter, last: str) -> None:
    with closing(BridgeLink(router.endpoint, [sys.executable, "-c", last])) as link:
        end = ended(link)
        assert (end.key, end.values["status"]) == ("client.bridge_ended", 9)


def test_a_bridge_that_talks_nonsense_ends_the_link(router: CurveRouter) -> None:
    script = "import sys; sys.stdout.buffer.write(b'\\xff' * 1000); sys.stdout.flush(); sys.stdin.read()"
    with closing(BridgeLink(router.endpoint, [sys.executable, "-c", script])) as link:
        assert ended(link).key == "client.bridge_nonsense"


def test_a_bridge_that_does_not_exist(router: CurveRouter, tmp_path: Path) -> None:
    with pytest.raises(LinkError) as caught:
        BridgeLink(router.endpoint, bridge_command(tmp_path / "python"))
    assert caught.value.key == "client.no_bridge"


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
from shared.machine.endpoint import Endpoint
from shared.client.link import BridgeLink
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
        with pytest.raises(LinkError) as caught:
            open_link(router.endpoint)
        assert caught.value.key == "client.no_pyzmq"
        link = open_link(router.endpoint, BRIDGE)
    with closing(link):
        assert isinstance(link, BridgeLink)
        first_words(link, router)


def test_everything_loads_without_pyzmq() -> None:
    modules = "import shared.machine.launch; from shared.client import bridge, client, link"
    script = f"import sys; sys.modules['zmq'] = None; {modules}"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
