"""The first and last words over a link, and what starts the bridge."""

from __future__ import annotations

import sys
from pathlib import Path

from curve_router import CurveRouter, eventually

from shared.client.link import Link, LinkError

ROOT = Path(__file__).resolve().parents[2]
BRIDGE = [sys.executable, "-m", "shared.client.bridge"]


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


def ended(link: Link) -> LinkError:
    """Wait for the link's end, and return why it ended."""

    def look() -> LinkError | None:
        try:
            link.wait(100)
            link.receive()
        except LinkError as problem:
            return problem
        return None

    return eventually(look, "the link ended")
