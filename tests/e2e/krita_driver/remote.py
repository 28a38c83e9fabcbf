"""Runs what the tests send, in Krita's GUI thread.

A request is one line of JSON, ``{"source": …, "variables": {…}}``; the answer is another, ``{"value": …}`` or
``{"error": traceback}``. Bytes travel as ``{"$bytes": base64}``. One request at a time.
"""

from __future__ import annotations

import ast
import base64
import faulthandler
import json
import linecache
import os
import select
import socket
import time
import traceback
from typing import IO, Any

from . import namespace, qt

POLL = 10  # milliseconds between two looks for a request
FROZEN = 10.0  # seconds without an event-loop turn after which the log gets every thread's stack


class Remote:
    """The connection to the tests. ``uncaught``: tracebacks of exceptions that nobody caught, oldest first."""

    def __init__(self, log: str) -> None:
        self.uncaught: list[str] = []
        self._log = open(log, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - open as long as Krita runs
        faulthandler.enable(self._log)  # what Python was doing when Krita crashed
        self._began = time.monotonic()
        self._names: dict[str, Any] = {}
        self._requests = 0
        self._last = ""
        self._watched = 0.0
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL)
        self._timer.timeout.connect(self._look)
        self._socket: socket.socket | None = None
        self._lines: IO[bytes] | None = None

    def log(self, text: str) -> None:
        """Write a line, with the seconds since the start."""
        self._log.write(f"[{time.monotonic() - self._began:8.3f}] {text}\n")

    def take_uncaught(self) -> list[str]:
        """Empty ``uncaught`` and return what was there."""
        taken = list(self.uncaught)
        self.uncaught.clear()
        return taken

    def connect(self, path: str) -> None:
        """Connect to the tests, which listen at ``path``, and serve them from now on."""
        self._names.update(vars(namespace), take_uncaught=self.take_uncaught)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._timer.start()

    def _look(self) -> None:
        """Serve a request if one has come. Otherwise this costs a system call."""
        assert self._socket is not None
        assert self._lines is not None
        now = time.monotonic()
        if now - self._watched > 1.0:
            self._watched = now
            faulthandler.dump_traceback_later(FROZEN, file=self._log)
        if not select.select([self._socket], [], [], 0)[0]:
            return
        line = self._lines.readline()
        if not line:
            os._exit(1)  # the tests are gone: nothing here is worth a question that nobody would answer
        request = json.loads(line, object_hook=decode)
        began = time.monotonic()
        answer = self._execute(request["source"], request["variables"])
        if request["source"] != self._last:  # waiting asks the same again and again
            self.log(f"{(time.monotonic() - began) * 1000:.0f} ms: {request['source']}")
            self._last = request["source"]
        self._socket.sendall(json.dumps(answer, default=encode).encode() + b"\n")

    def _execute(self, source: str, variables: dict[str, Any]) -> dict[str, Any]:
        self._requests += 1
        file = f"<test {self._requests}>"
        # So that tracebacks show the lines.
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        self._names.update(variables)
        try:
            tree = ast.parse(source, file)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, file, "exec"), self._names)
            if not isinstance(last, ast.Expr):
                return {"value": None}
            return {"value": eval(compile(ast.Expression(last.value), file, "eval"), self._names)}
        except Exception:
            return {"error": traceback.format_exc()}


def encode(value: Any) -> Any:
    """For ``json.dumps``: pixel data as bytes, anything unknown as its ``repr``."""
    if isinstance(value, qt.QtCore.QByteArray):
        value = value.data()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(value).decode()}
    return repr(value)


def decode(value: dict[str, Any]) -> Any:
    """For ``json.loads``: the reverse of ``encode`` for bytes."""
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
