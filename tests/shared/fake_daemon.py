"""A daemon in a few lines on a real CURVE socket, taking turns with the client in one thread.

It "shades" by inverting every byte. ``on[Kind] = method`` replaces its answer to one kind of message.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curve_router import CurveRouter, eventually

from shared.client.client import Client
from shared.client.events import Connected, Event, Failed, Finished
from shared.machine import endpoint
from shared.machine.endpoint import Endpoint
from shared.protocol import messages, wire
from shared.protocol.messages import BAND_BYTES, PROTOCOL, Message, bands

INVERTED = bytes(255 - value for value in range(256))
NOBODY = Endpoint("tcp://127.0.0.1:9", "a" * 40, 1, PROTOCOL, "")
"""What a dead daemon left: the port is the one for discarding, which nobody serves any more."""


class FakeDaemon:
    def __init__(self, home: Path) -> None:
        self.router = CurveRouter()
        self.limits = messages.Limits()
        self.submits: dict[str, messages.Submit] = {}
        self.pictures: dict[str, list[bytes]] = {}
        self.seen: list[Message] = []  # everything but bands
        self.owners: dict[str, bytes] = {}
        self.bands = 0
        self.peer = b""
        self.on: dict[type[Message], Callable[[Any], object]] = {
            messages.Hello: lambda m: self.say(messages.Welcome(m.id, messages.PROTOCOL, "0", self.limits)),
            messages.Submit: self.submit,
            messages.Fetch: self.fetch,
            messages.Cancel: lambda m: self.say(messages.Error(m.id, messages.Code.CANCELLED, "Cancelled.")),
            messages.Release: lambda m: self.pictures.pop(m.id, None),
            messages.Resolve: lambda m: self.say(messages.Resolved(m.id, m.concept, "cat", True)),
            messages.Vocabulary: lambda m: self.say(messages.Words(m.id, ("cat", "dog"))),
            messages.Status: lambda m: self.say(messages.DaemonStatus(m.id, "0", 1, 2.0, "", "idle")),
            messages.Ping: lambda m: self.say(messages.Pong(m.id)),
            messages.Shutdown: lambda m: self.say(messages.Pong(m.id)),
        }
        self.on_complete: Callable[[str], object] = self.shade
        endpoint.write(self.router.endpoint, home)

    def turn(self, most: int = 100) -> None:
        """Answer what has come, at most so many messages."""
        for _ in range(most):
            frames = self.router.receive()
            if frames is None:
                return
            self.peer = frames[0]
            message, payload = wire.decode(frames[1:], wire.FROM_CLIENT)
            if isinstance(message, messages.Band):
                assert payload is not None
                self.band(message, bytes(payload))
            else:
                self.seen.append(message)
                self.on[type(message)](message)

    def say(self, message: Message, payload: bytes | None = None) -> None:
        self.router.send(self.peer, wire.encode(message, payload))

    def submit(self, submit: messages.Submit) -> None:
        self.submits[submit.id] = submit
        self.owners[submit.id] = self.peer
        picture = self.pictures.setdefault(submit.id, [])
        self.say(messages.Accepted(submit.id, len(picture)))
        if len(picture) == bands(submit.total_bytes):
            self.on_complete(submit.id)

    def band(self, band: messages.Band, payload: bytes) -> None:
        picture = self.pictures.get(band.id)
        if picture is None or self.owners[band.id] != self.peer:
            return  # sent before the client knew better, or still on its way from a connection that broke
        self.bands += 1
        assert band.band == len(picture)
        picture.append(payload)
        if len(picture) == bands(self.submits[band.id].total_bytes):
            self.on_complete(band.id)

    def shade(self, id: str) -> None:
        self.say(messages.Queued(id, 1))
        self.say(messages.Progress(id, "shading", 1, 2, 0.1))
        self.say(messages.Done(id, {"shift": 0.2}, self.submits[id].pixel_bytes))

    def result(self, id: str, band: int) -> bytes:
        pixels = b"".join(self.pictures[id])[: self.submits[id].pixel_bytes].translate(INVERTED)
        return pixels[band * BAND_BYTES : (band + 1) * BAND_BYTES]

    def fetch(self, fetch: messages.Fetch) -> None:
        self.say(messages.Pixels(fetch.id, fetch.band), self.result(fetch.id, fetch.band))

    def kinds(self) -> list[type[Message]]:
        return [type(message) for message in self.seen]

    def close(self) -> None:
        self.router.close()


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """A client and whoever plays the daemon, taking turns; each round takes 20 ms of the clock."""

    def __init__(self, client: Client, clock: Clock, daemon: FakeDaemon | None = None) -> None:
        self.client, self.clock, self.daemon = client, clock, daemon
        self.events: list[Event] = []

    def round(self, seconds: float = 0.02) -> list[Event]:
        self.clock.now += seconds
        if self.daemon is not None:
            self.daemon.turn()
        new = self.client.poll()
        self.events += new
        return new

    def until(self, done: Callable[[], Any], what: str, seconds: float = 0.02) -> Any:
        def look() -> Any:
            self.round(seconds)
            return done()

        return eventually(look, what)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def settle(self) -> None:
        """Play on for a while, so that what should not happen has time to happen."""
        for _ in range(25):
            self.round()
            time.sleep(0.002)

    def connect(self) -> None:
        before = len(self.of(Connected))
        self.until(lambda: len(self.of(Connected)) > before, "the client connected")

    def outcome(self, id: str, seconds: float = 0.02) -> Finished | Failed:
        """Play until the job ends, and a little further: it must end once."""

        def ends() -> list[Any]:
            return [event for event in self.of(Finished) + self.of(Failed) if event.id == id]

        self.until(ends, "the job ended", seconds)
        self.settle()
        (end,) = ends()
        return end
