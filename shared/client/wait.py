"""Shade one picture and wait for it: for the command line and for GIMP's plug-in, which is a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..problem import Problem
from ..protocol.messages import Code, Submit
from .events import Event, Failed, Finished, Unavailable
from .transfer import Source

WAIT = 100  # milliseconds between two looks at ``stop``

OnEvent = Callable[[Event], None]


class Waiter(Protocol):
    """The part of ``Client`` that waiting needs."""

    @property
    def state(self) -> str:
        """What ``Client.state`` is."""
        ...

    def start(self) -> None:
        """As ``Client.start``."""
        ...

    def submit(self, submit: Submit, source: Source) -> str:
        """As ``Client.submit``."""
        ...

    def poll(self) -> list[Event]:
        """As ``Client.poll``."""
        ...

    def wait(self, milliseconds: int) -> None:
        """As ``Client.wait``."""
        ...

    def cancel(self, id: str) -> None:
        """As ``Client.cancel``."""
        ...


def shade_and_wait(
    client: Waiter,
    submit: Submit,
    source: Source,
    on_event: OnEvent = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
) -> Finished:
    """Have a picture shaded by a daemon that is started if none is running; returns once it is done.

    ``on_event`` gets what else the client reports after the picture was submitted. Once ``stop()`` is true the job is
    cancelled. Raises ``Problem`` if there is no daemon, it refuses or fails; with ``Code.CANCELLED`` after ``stop``.
    """
    _connect(client, stop)
    job = client.submit(submit, source)
    stopped = False
    while True:
        if not stopped and stop():
            stopped = True
            client.cancel(job)
        for event in client.poll():
            if isinstance(event, Finished | Failed) and event.id == job:
                if stopped:
                    raise _cancelled()
                if isinstance(event, Failed):
                    raise event.problem
                return event
            on_event(event)
        client.wait(WAIT)


def _connect(client: Waiter, stop: Callable[[], bool]) -> None:
    client.start()
    while client.state != "ready":
        if stop():
            raise _cancelled()
        for event in client.poll():
            if isinstance(event, Unavailable):
                raise event.problem
        client.wait(WAIT)


def _cancelled() -> Problem:
    return Problem("client.cancelled", Code.CANCELLED)
