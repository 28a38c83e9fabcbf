"""The pictures of a client that are under way: each ends exactly once, in ``Finished`` or ``Failed``."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from ..problem import Problem
from ..protocol import messages
from ..protocol.messages import Code, Message, Submit
from .connection import Connection
from .events import Event, Failed, Finished
from .transfer import Leg, Source, Transfer

ANSWER = 10.0
"""Seconds in which the daemon answers a request; otherwise the connection is made again."""

RESTARTS = 5
"""New connections that a job survives."""

_TURN = 64  # most bands in a row, whatever the clock says


class Jobs:
    """Sends bands over ``connection`` and other messages by way of ``outbox``. ``report`` gets what happens."""

    def __init__(self, connection: Connection, outbox: deque[Message], report: Callable[[Event], None]) -> None:
        self._connection, self._outbox, self._report = connection, outbox, report
        self._transfers: dict[str, Transfer] = {}

    def __iter__(self) -> Iterator[str]:
        """The ids of those under way."""
        return iter(list(self._transfers))

    @property
    def busy(self) -> bool:
        """Whether there is one that nobody has cancelled."""
        return any(not transfer.cancelled for transfer in self._transfers.values())

    def submit(self, submit: Submit, source: Source) -> None:
        """Begin one. ``submit`` has been found valid, its id is new."""
        self._transfers[submit.id] = Transfer(submit, source, self._connection.time)
        self._outbox.append(submit)

    def cancel(self, id: str, ready: bool) -> None:
        """Stop one, if it hasn't ended. ``ready``: the daemon can be told."""
        transfer = self._transfers.get(id)
        if transfer is None or transfer.cancelled:
            return
        transfer.cancelled = True
        transfer.heard = self._connection.time
        if not ready or transfer.leg is Leg.FETCHING:
            self._fail_cancelled(id)
        else:
            self._outbox.append(messages.Cancel(id))

    def restart(self) -> None:
        """Take them all up again on a new connection; one that has been through too many fails."""
        for id, transfer in list(self._transfers.items()):
            transfer.restart()
            transfer.heard = self._connection.time
            if transfer.restarts > RESTARTS:
                self.fail(id, Problem("client.keeps_breaking", Code.CONNECTION_LOST))
            else:
                self._outbox.append(transfer.submit)

    def hear(self, message: Message, payload: memoryview | None) -> bool:
        """Take a message that is about one of them; False if it isn't."""
        transfer = self._transfers.get(message.id)
        if transfer is None:
            return False
        transfer.heard = self._connection.time
        try:
            self._progressed(transfer, message, payload)
        except Problem as problem:
            self.fail(message.id, problem, release=True)
        return True

    def check_time(self, ready: bool) -> None:
        """Look for answers that are overdue."""
        now = self._connection.time
        for id, transfer in list(self._transfers.items()):
            late = now - transfer.heard > ANSWER
            if transfer.cancelled and (late or not ready):
                self._fail_cancelled(id)
            elif late and ready and transfer.expects_answer:
                self._connection.lose(Problem("client.no_answer", Code.CONNECTION_LOST))
                return

    def send(self, expired: Callable[[], bool]) -> None:
        """Ask for results and send bands, until ``expired`` or the connection takes no more."""
        for transfer in self._transfers.values():
            while transfer.leg is Leg.FETCHING and (fetch := transfer.next_fetch()) is not None:
                if not self._connection.send(fetch):
                    return
                transfer.asked()
        for _ in range(_TURN):
            if not self._send_band() or expired():
                return

    def fail(self, id: str, problem: Problem, release: bool = False) -> bool:
        """End one badly; False if there is none of that id. ``release``: the daemon doesn't know yet."""
        if self._transfers.pop(id, None) is None:
            return False
        self._report(Failed(id, problem))
        if release:
            self._outbox.append(messages.Release(id))
        return True

    def close(self) -> None:
        """Forget them all, and tell the daemon."""
        for id in self._transfers:
            self._connection.send(messages.Release(id))
        self._transfers.clear()

    def _progressed(self, transfer: Transfer, message: Message, payload: memoryview | None) -> None:
        if isinstance(message, messages.Error):
            self.fail(message.id, Problem.of(message))
        elif isinstance(message, messages.Accepted):
            transfer.accepted(message.next_band)
        elif isinstance(message, messages.Queued | messages.Progress):
            transfer.told = True
            self._report(message)
        elif transfer.cancelled:  # the cancel came too late
            self._fail_cancelled(message.id)
        elif isinstance(message, messages.Done):
            if transfer.done(message):
                self._finish(transfer)
        elif isinstance(message, messages.Pixels) and payload is not None:
            if transfer.receive(message.band, payload):
                self._finish(transfer)
        else:
            raise Problem("client.nonsense")

    def _finish(self, transfer: Transfer) -> None:
        id = transfer.submit.id
        del self._transfers[id]
        self._outbox.append(messages.Release(id))
        self._report(Finished(id, transfer.report, transfer.pixels))

    def _send_band(self) -> bool:
        """Send one band of the first picture that has any; False if that is not possible now."""
        for id, transfer in self._transfers.items():
            if transfer.leg is Leg.SENDING and not transfer.cancelled:
                try:
                    band, payload = transfer.next_upload()
                except Problem as problem:
                    self.fail(id, problem, release=True)  # unless the editor closed the client while it was read
                    return True
                if not self._connection.send(band, payload):
                    return False
                transfer.uploaded()
                transfer.heard = self._connection.time
                return True
        return False

    def _fail_cancelled(self, id: str) -> None:
        self.fail(id, Problem("client.cancelled", Code.CANCELLED), release=True)
