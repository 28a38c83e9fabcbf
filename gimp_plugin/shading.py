"""One picture to the daemon and back, waiting for it: a plug-in is a process of its own, so GIMP isn't held up."""

from __future__ import annotations

from collections.abc import Callable

from shared.client.events import Event, Failed, Finished, Unavailable
from shared.client.session import Session
from shared.protocol.messages import Options, Submit, new_id

from .snapshot import Snapshot
from .trouble import Trouble

WAIT = 100  # milliseconds

OnEvent = Callable[[Event], None]


class Block:
    """The bytes that the bands are cut from: the pixels, then the mask if there is one."""

    def __init__(self, pixels: bytes, mask: bytes | None) -> None:
        self._pixels, self._mask = memoryview(pixels), memoryview(mask or b"")

    def __call__(self, offset: int, length: int) -> bytes | memoryview:
        end = offset + length
        if end <= len(self._pixels):
            return self._pixels[offset:end]
        start = max(0, offset - len(self._pixels))
        return bytes(self._pixels[offset:]) + bytes(self._mask[start : end - len(self._pixels)])


def submit(session: Session, snapshot: Snapshot, mask: bytes | None, options: Options) -> str:
    """Hand a picture to a session that is ready; the job's id. Raises ``shared.protocol.admission.Refused``."""
    place, dtype = snapshot.place, snapshot.format.dtype
    submit = Submit(new_id(), place.width, place.height, dtype, mask=mask is not None, options=options)
    return session.submit(submit, Block(snapshot.sent, mask))


def shade(session: Session, snapshot: Snapshot, mask: bytes | None, options: Options, on_event: OnEvent) -> Finished:
    """Have a picture shaded, by a daemon that is started if none runs. ``on_event`` gets what happens meanwhile.

    Raises ``Trouble`` if it can't be done, ``shared.protocol.admission.Refused`` if the daemon won't.
    """
    _connect(session)
    job = submit(session, snapshot, mask, options)
    while True:
        for event in session.poll():
            if isinstance(event, Unavailable):
                raise Trouble(event.message, event.hint)
            if isinstance(event, Finished | Failed) and event.id == job:
                if isinstance(event, Failed):
                    raise Trouble(event.message, event.hint)
                return event
            on_event(event)
        session.wait(WAIT)


def _connect(session: Session) -> None:
    session.start()
    while session.state != "ready":
        for event in session.poll():
            if isinstance(event, Unavailable):
                raise Trouble(event.message, event.hint)
        session.wait(WAIT)
