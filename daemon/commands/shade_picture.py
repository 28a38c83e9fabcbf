"""Shade one loaded picture through the daemon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from shared.client.events import Event, Failed, Finished
from shared.client.transfer import Source
from shared.protocol.messages import Code, Options, Submit, new_id

from ..pictures.colour import conversion_for, from_engine, to_engine
from ..pictures.model import Picture, PictureError, Samples
from .session import Cancelled

WAIT = 100  # milliseconds between two looks at Ctrl-C


class ShadingClient(Protocol):
    """The part of ``shared.client.client.Client`` that is used here."""

    def submit(self, submit: Submit, source: Source) -> str: ...

    def poll(self) -> list[Event]: ...

    def wait(self, milliseconds: int) -> None: ...

    def cancel(self, id: str) -> None: ...


class ShadingFailed(Exception):
    """The daemon could not shade the picture. ``message`` is a sentence, ``hint`` says what to do."""

    def __init__(self, failure: Failed) -> None:
        super().__init__(failure.message)
        self.message = failure.message
        self.hint = failure.hint


@dataclass(frozen=True, eq=False)
class Shaded:
    """A shaded picture and the engine's report, whose "notes" tell also what was decided about the file."""

    picture: Picture
    report: dict[str, Any]


def shade_picture(
    client: ShadingClient,
    picture: Picture,
    options: Options,
    mask: Samples | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Shaded:
    """Send a picture to the daemon, wait for it, and put the change into the picture's own colours and depth.

    ``mask``: (height, width) uint8, 255 = shade. ``on_event`` gets everything the client reports meanwhile. Raises
    ``Cancelled`` once ``interrupted()`` is true and the job has been cancelled, ``ShadingFailed`` if the daemon
    couldn't, ``shared.protocol.admission.Refused`` if it won't, ``PictureError`` if memory is short.
    """
    conversion, notes = conversion_for(picture)
    try:
        sent = to_engine(picture, conversion)
        finished = _through(client, _Source(sent, mask), options, on_event, interrupted)
        shaded = np.frombuffer(finished.pixels, sent.dtype).reshape(sent.shape)
        result = from_engine(picture, conversion, sent, shaded)
    except MemoryError:
        raise PictureError("There is not enough memory for a picture of this size.", "Close other programs.") from None
    told = [note for note in finished.report.get("notes", []) if isinstance(note, str)]
    return Shaded(result, {**finished.report, "notes": [*told, *picture.notes, *notes]})


class _Source:
    """The bytes of pixels and mask, one after the other, as the client asks for them."""

    def __init__(self, pixels: Samples, mask: Samples | None) -> None:
        self.pixels = pixels
        self.mask = mask
        self._parts = [part.reshape(-1).view(np.uint8).data for part in (pixels, mask) if part is not None]

    def __call__(self, offset: int, length: int) -> bytes | memoryview:
        pixels = self._parts[0]
        if offset + length <= len(pixels):
            return pixels[offset : offset + length]
        start = max(0, offset - len(pixels))
        return bytes(pixels[offset:]) + bytes(self._parts[1][start : offset + length - len(pixels)])


def _through(
    client: ShadingClient,
    source: _Source,
    options: Options,
    on_event: Callable[[Event], None],
    interrupted: Callable[[], bool],
) -> Finished:
    height, width = source.pixels.shape[:2]
    dtype, mask = source.pixels.dtype.name, source.mask is not None
    job = client.submit(Submit(new_id(), width, height, dtype, mask=mask, options=options), source)
    cancelled = False
    while True:
        if interrupted() and not cancelled:
            cancelled = True
            client.cancel(job)
        for event in client.poll():
            if isinstance(event, Finished | Failed) and event.id == job:
                if cancelled or (isinstance(event, Failed) and event.code is Code.CANCELLED):
                    raise Cancelled
                if isinstance(event, Failed):
                    raise ShadingFailed(event)
                return event
            on_event(event)
        client.wait(WAIT)
