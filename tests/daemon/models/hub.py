"""A server on this machine that behaves as Hugging Face does, well or badly."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40


@dataclass
class Hub:
    """``files``: "owner/name/path" → content. The other fields say how it misbehaves, by the same keys."""

    files: dict[str, bytes]
    cut_after: int | None = None  # bytes of a body after which the connection drops …
    cuts: int = 0  # … so many times
    then: int | None = None  # status of every answer after the last of them
    status: int | None = None  # of every answer
    pause: float = 0.0  # seconds before each body
    ranges: list[str] = field(default_factory=list)  # those that were asked for
    asked: list[str] = field(default_factory=list)  # method and path of each request
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    """Answers for one hub, which a subclass names."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        self.hub.asked.append(f"{self.command} {self.path}")
        if self.hub.status is not None:
            code = {401: "GatedRepo", 403: "GatedRepo", 404: "RepoNotFound"}.get(self.hub.status, "")
            self.empty(self.hub.status, {"X-Error-Code": code, "Retry-After": "0"})
            return
        parts = self.path.strip("/").split("/")
        if parts[0] == "cdn":
            self.content(self.hub.files["/".join(parts[1:])], body)
            return
        owner, name, _, _, *path = parts
        key = "/".join((owner, name, *path))
        if key not in self.hub.files:
            self.empty(404, {"X-Error-Code": "EntryNotFound"})
            return
        content = self.hub.files[key]
        headers = {
            "X-Repo-Commit": COMMIT,
            "X-Linked-Size": str(len(content)),
            "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
            "Location": f"{self.hub.url.replace('127.0.0.1', 'localhost')}/cdn/{key}",  # another host, as there
        }
        self.empty(302, headers)

    def empty(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def content(self, content: bytes, body: bool) -> None:
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
        if asked:
            self.hub.ranges.append(asked)
        if asked and start >= len(content):
            self.empty(416, {"Content-Range": f"bytes */{len(content)}"})
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.end_headers()
        if not body:
            return
        time.sleep(self.hub.pause)
        rest = content[start:]
        if self.hub.cuts and self.hub.cut_after is not None:
            self.hub.cuts -= 1
            if not self.hub.cuts:
                self.hub.status = self.hub.then
            self.wfile.write(rest[: self.hub.cut_after])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(rest)


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub, reachable at its ``url`` meanwhile."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Of", (Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
